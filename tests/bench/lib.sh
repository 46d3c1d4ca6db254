# shellcheck shell=bash disable=SC2034 # the process ids are for those who source this
# What the benchmarks share. A benchmark sources it after `set -euo pipefail` and calls `isolate "$@"` first.
#
# Everything runs in mount, network and process namespaces of its own, with its own libvirtd, bus, polkitd and
# libvirt-dbus: the machine's libvirtd and its guests are neither used nor disturbed, and nothing outlives the script.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT=$(cd "$HERE/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
RESULTS=${BENCH_RESULTS:-${CARGO_TARGET_DIR:-$PROJECT/target}/bench/results.jsonl}
SERVICE=${KVM_MANAGERD:-${CARGO_TARGET_DIR:-$PROJECT/target}/release/kvm-managerd}
NAME=org.kvmmanager.Manager1
export PATH

die() { echo "bench: $*" >&2; exit 1; }

# isolate ARGUMENT... : runs the calling script again in namespaces of its own, where it is process 1. That one has to
# reap: libvirt takes a QEMU that nobody has reaped for a living one.
isolate() {
    [ "$(id -u)" = 0 ] || die "needs root"
    if [ -z "${BENCH_ISOLATED:-}" ]; then
        mkdir -p "$(dirname "$RESULTS")"
        BENCH_ISOLATED=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
            "$BASH" "$0" "$@"
    fi
    T=$(mktemp -d /var/tmp/kvm-manager-bench.XXXXXX)
    chmod 755 "$T"
    STARTED=()
    trap clean_up EXIT
    ip link set lo up
    local dir
    mkdir -p "$T/cache" "$T/actions" /var/cache/libvirt
    # What libvirtd knows of QEMU: asking it again would take seconds.
    cp -a /var/cache/libvirt/. "$T/cache/" 2>/dev/null || true
    mount --bind "$T/cache" /var/cache/libvirt
    for dir in /run/libvirt /etc/libvirt/qemu /var/lib/libvirt /var/log/libvirt; do
        mkdir -p "$dir"
        mount -t tmpfs -o mode=755 tmpfs "$dir"
    done
    printf 'stdio_handler = "file"\nsecurity_driver = "none"\nuser = "root"\ngroup = "root"\n' >"$T/qemu.conf"
    mount --bind "$T/qemu.conf" /etc/libvirt/qemu.conf
    cp "$PROJECT"/polkit/*.policy "$T/actions/"
    mount --bind "$T/actions" /usr/share/polkit-1/actions
    build
}

clean_up() {
    local i
    for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do stop "${STARTED[i]}"; done
    # When this ends, so does every process in the namespace.
    rm -rf "$T" || true
}

build() {
    local source flags
    read -ra flags <<<"$(pkg-config --cflags --libs libvirt libsystemd)"
    for source in "$HERE"/*.c; do
        cc -O2 -Wall -Wextra -o "$T/$(basename "$source" .c)" "$source" "${flags[@]}" -lpthread
    done
}

# wait_for SECONDS COMMAND... : until COMMAND succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "bench: waited in vain: $*" >&2; return 1; }
        sleep 0.05
    done
}

# run_behind COMMAND... : starts it, its output into a log. Sets $PID.
run_behind() {
    "$@" >>"$T/$(basename "$1").log" 2>&1 &
    PID=$!
    STARTED+=("$PID")
}

stop() { # stop PID
    kill "$1" 2>/dev/null || return 0
    timeout 15 tail --pid="$1" -f /dev/null || kill -KILL "$1" 2>/dev/null || true
}

# KEEPALIVE: seconds between libvirtd's questions whether its clients live, -1 for none. Sets $LIBVIRTD.
start_libvirtd() {
    printf 'auth_unix_rw = "none"\nauth_unix_ro = "none"\nkeepalive_interval = %d\n' "${KEEPALIVE:-5}" >"$T/libvirtd.conf"
    run_behind libvirtd -f "$T/libvirtd.conf" -p "$T/libvirtd.pid"
    LIBVIRTD=$PID
    wait_for 60 virsh -q -c qemu:///system uri
}

# A bus without limits or rules that plays the system bus, and a real polkitd on it. Sets $BUS.
start_bus() {
    cat >"$T/bus.conf" <<X
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type> <listen>unix:path=$T/bus</listen> <auth>EXTERNAL</auth>
  <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
  <limit name="max_incoming_bytes">1000000000</limit> <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit> <limit name="max_replies_per_connection">50000</limit>
</busconfig>
X
    run_behind dbus-daemon --config-file="$T/bus.conf" --nofork --nopidfile
    BUS=$PID
    export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$T/bus"
    wait_for 10 test -S "$T/bus"
    local program=/usr/lib/polkit-1/polkitd
    [ -x "$program" ] || program=/usr/libexec/polkitd
    run_behind "$program" --no-debug
    wait_for 20 is_on_bus org.freedesktop.PolicyKit1
}

is_on_bus() {
    [ "$(busctl --system --timeout=5 call org.freedesktop.DBus / org.freedesktop.DBus NameHasOwner s "$1")" = "b true" ]
}

start_peer() { # Sets $PEER.
    run_behind libvirt-dbus --system
    PEER=$PID
    wait_for 20 is_on_bus org.libvirt
}

# As its unit starts it.
mapfile -t ENVIRONMENT < <(sed -n 's/^Environment=//p' "$PROJECT/systemd/kvm-manager.service")
COMMAND=(env "${ENVIRONMENT[@]}" "$SERVICE" --uri qemu:///system)
start_service() { # Sets $OURS.
    run_behind "${COMMAND[@]}" --state-dir "$T/state"
    OURS=$PID
    wait_for 60 is_on_bus "$NAME"
}

stop_service() {
    stop "$OURS"
    wait_for 20 test ! -d "/proc/$OURS"
}

start_floor() {
    run_behind "$T/floor"
    wait_for 10 is_on_bus bench.Floor
}

ticks() { # ticks PID... : CPU time of them all, in 1/100 s
    local pid sum=0
    for pid in "$@"; do sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'))); done
    echo "$sum"
}

# settle PID : waits until it has used no CPU time for seven seconds: spare threads end after five.
settle() {
    local end=$((SECONDS + 120)) quiet=$SECONDS before now
    before=$(ticks "$1")
    while [ $((SECONDS - quiet)) -lt 7 ]; do
        [ $SECONDS -lt $end ] || { echo "bench: process $1 does not come to rest" >&2; return 0; }
        sleep 0.5
        now=$(ticks "$1")
        [ "$now" = "$before" ] || quiet=$SECONDS
        before=$now
    done
}

# memory METRIC N PID : reports and prints nothing else; the private dirty memory is in $DIRTY, MiB.
memory() {
    read -r RSS PSS DIRTY < <(awk '/^(Rss|Pss|Private_Dirty):/ { printf "%.2f ", $2 / 1024 } END { print "" }' "/proc/$3/smaps_rollup")
    emit '{"metric":"%s","n":%d,"unit":"MiB","rss":%s,"pss":%s,"private_dirty":%s}' "$1" "$2" "$RSS" "$PSS" "$DIRTY"
}

emit() { # emit FORMAT VALUE... : one JSON line
    # shellcheck disable=SC2059
    printf "$1\n" "${@:2}" | tee -a "$RESULTS"
}

# measure COMMAND... : a client, whose JSON lines are kept.
measure() { timeout 900 "$@" | tee -a "$RESULTS"; }

# median METRIC N : of the last such line.
median() {
    local value
    value=$(sed -n "s/.*\"metric\":\"$1\",\"n\":$2,.*\"median\":\([0-9.]*\).*/\1/p" "$RESULTS" | tail -n 1)
    [ -n "$value" ] || die "no result $1 for $2 machines"
    echo "$value"
}

# judge WHAT MEASURED REFERENCE "<= TARGET" UNIT : MEASURED / REFERENCE against the target. REFERENCE "-": MEASURED itself.
judge() {
    awk -v what="$1" -v measured="$2" -v reference="$3" -v target="$4" -v unit="$5" 'BEGIN {
        split(target, part, " ")
        value = reference == "-" ? measured : (reference > 0 ? measured / reference : 1e9)
        pass = part[1] == "<=" ? value <= part[2] + 0 : value >= part[2] + 0
        printf "{\"check\":\"%s\",\"measured\":\"%s\",\"reference\":\"%s\",\"unit\":\"%s\",\"ratio\":%.4g,\"target\":\"%s\",\"pass\":%s}\n",
            what, measured, reference, unit, value, target, pass ? "true" : "false"
    }' | tee -a "$RESULTS"
}

# tell WHAT MEASURED REFERENCE UNIT : a row of the table without a target, for what explains another.
tell() {
    awk -v what="$1" -v measured="$2" -v reference="$3" -v unit="$4" 'BEGIN {
        value = (reference > 0) ? measured / reference : 0
        printf "{\"check\":\"%s\",\"measured\":\"%s\",\"reference\":\"%s\",\"unit\":\"%s\",\"ratio\":%.4g,\"target\":\"-\",\"pass\":null}\n",
            what, measured, reference, unit, value
    }' | tee -a "$RESULTS"
}

# Every check in the results as a table; fails if one of them does.
table() {
    awk -F'"' '/^\{"check"/ {
        split($19, ratio, /[:,]/); pass = $25 ~ /true/; told = $25 ~ /null/
        row[++rows] = sprintf("%-58s %12s %12s %-4s %9s   %-9s %s", $4, $8, $12, $16, ratio[2], $22, told ? "-" : pass ? "pass" : "FAIL")
        judged += !told
        failed += !told && !pass
    }
    END {
        printf "\n%-58s %12s %12s %-4s %9s   %-9s\n", "what", "measured", "reference", "unit", "ratio", "target"
        for (i = 1; i <= rows; i++) print row[i]
        printf "%d of %d targets reached\n", judged - failed, judged
        exit failed > 0
    }' "$RESULTS"
}
