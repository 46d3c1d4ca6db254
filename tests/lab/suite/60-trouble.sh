#!/bin/bash
# Hung machines, a libvirt that dies, clients that die, a full disk: the others notice nothing, nothing is lost.
# timeout: 420
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
MACHINES=(trouble1 trouble2 trouble3 trouble4)
HUNG=(hung{01..16}) LIVELY=(lively1 lively2 lively3)
DEATHS=${KVMLAB_DEATHS:-50}
SOCKETS=(libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket)
STATE=/var/lib/kvm-manager
cleanup() {
    inside systemctl start "${SOCKETS[@]}" libvirtd.service
    inside umount "$STATE" 2>/dev/null || true # it may not be mounted
    inside systemctl restart kvm-manager
    drop "${MACHINES[@]}" "${MACHINES[@]/%/-off}" "${HUNG[@]}" "${LIVELY[@]}"
    rm -f "$KVMLAB_ROOT"/var/lib/libvirt/images/trouble*
}
trap cleanup EXIT

milliseconds() { # milliseconds LIMIT COMMAND... : succeeds within the limit
    local began=$EPOCHREALTIME took
    "${@:2}" || return 1
    took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
    [ $took -le "$1" ] || { echo "$took ms: ${*:2}"; return 1; }
}
qemu_signal() { inside kill -s "$1" "$(qemu_pid "$2")"; }

prepare() {
    local name
    for name in "${MACHINES[@]}"; do bare "$name" && vir start "$name" && bare "$name-off" || return 1; done
}
hangs() {
    qemu_signal STOP trouble1 && prints '^refused (TimedOut|Stalled)' km call trouble1 Pause && km wait trouble1 10 Stalled=true
}
others_answer() { # a stopwatch around whole processes, so the limits are wide
    local i
    for ((i = 0; i < 20; i++)); do
        milliseconds 1000 km list >/dev/null && milliseconds 1000 km call trouble2 Pause && milliseconds 1000 km call trouble2 Resume || return 1
    done
}
refused_at_once() { milliseconds 1000 refused Stalled call trouble1 Resume; }
forced_off() { milliseconds 20000 km call trouble1 ForceOff && km wait trouble1 5 State=4 Stalled=false; }
recovers() {
    qemu_signal STOP trouble2 && prints '^refused (TimedOut|Stalled)' km call trouble2 Pause && km wait trouble2 10 Stalled=true && qemu_signal CONT trouble2 &&
        km wait trouble2 15 Stalled=false && wait_for 10 km call trouble2 Resume
}

# Sixteen QEMUs hang during a load on others, of 50 calls a second for a minute.
prepare_crowd() {
    local name
    for name in "${HUNG[@]}" "${LIVELY[@]}"; do BARE_MEMORY=16 bare "$name" || return 1; done
    for name in "${HUNG[@]}"; do vir start "$name" || return 1; done
    vir start lively3 && is 16 count_hung
}
count_hung() { qemus | grep -c '^hung'; }
# A call that waits for a hung machine takes five seconds. The 200 ms that are promised need a computer at rest: KVMLAB_QUICK=200.
load_others() { km load 60 50 "${KVMLAB_QUICK:-2000}" "${LIVELY[@]:0:2}" >"$KVMLAB_TMP/load" 2>&1; }
crowd_hangs() { # asked once, each of the sixteen is stalled, whatever the others do
    local name asked=()
    for name in "${HUNG[@]}"; do qemu_signal STOP "$name" || return 1; done
    load_others &
    LOAD=$!
    wait_for 10 is_subscribed || { echo "no load"; return 1; }
    for name in "${HUNG[@]}"; do
        km call "$name" Pause >"$KVMLAB_TMP/asked-$name" 2>&1 &
        asked+=($!)
    done
    for name in "${asked[@]}"; do ! wait "$name" || { echo "one was paused"; return 1; }; done
    for name in "${HUNG[@]}"; do km wait "$name" 15 Stalled=true || { echo "$name"; cat "$KVMLAB_TMP/asked-$name"; return 1; }; done
    for name in "${HUNG[@]}"; do milliseconds 1000 refused Stalled call "$name" Pause || return 1; done
    milliseconds 1000 km call lively3 Pause && milliseconds 1000 km call lively3 Resume || return 1
    # Each that hangs holds a thread, and no more come.
    name=$(threads)
    wait $LOAD || { cat "$KVMLAB_TMP/load"; return 1; }
    echo "$name threads, $(threads) at the end" && [ "$(threads)" -le 44 ] &&
        milliseconds 20000 km call hung16 ForceOff && km wait hung16 5 State=4 Stalled=false
}
is_subscribed() { km get lively1 State | grep -v '^4$'; } # the load has started it
crowd_recovers() {
    local name
    for name in "${HUNG[@]:0:15}"; do qemu_signal CONT "$name" || return 1; done
    for name in "${HUNG[@]:0:15}"; do km wait "$name" 15 Stalled=false || { echo "$name"; return 1; }; done
    for name in "${HUNG[@]:0:15}"; do km call "$name" Reset && km call "$name" ForceOff || { echo "$name"; return 1; }; done
}

list() { km list | cut -f1,3 | sort; }
fds() { inside sh -c 'ls /proc/$1/fd | wc -l' - "$(main_pid)"; }
memory() { inside awk '/^VmRSS/ { print $2 }' "/proc/$(main_pid)/status"; }
threads() { inside awk '/^Threads/ { print $2 }' "/proc/$(main_pid)/status"; }
die_once() {
    km during manager 5000 Connected=false ConnectionState=3 Connected=true ConnectionState=2 -- \
        sh -c 'systemctl kill -s KILL --kill-whom=main libvirtd; systemctl reset-failed libvirtd; systemctl start libvirtd' >"$KVMLAB_TMP/die" 2>&1 || { cat "$KVMLAB_TMP/die"; return 1; }
}
count_machines() { km list | wc -l; }
deaths() { # deaths COUNT : each time everything is there again
    local i
    for ((i = 0; i < $1; i++)); do
        die_once && [ "$(list)" = "$LIST" ] || { echo "death $i"; diff <(echo "$LIST") <(list); return 1; }
    done
    unhurt "$QEMUS"
}
steady() { # after many deaths: as many descriptors, not more memory
    local now_fds now_memory
    wait_for 10 no_more fds "$FDS" || { now_fds=$(fds); echo "descriptors: $FDS, now $now_fds"; return 1; }
    now_memory=$(memory)
    [ "$now_memory" -le $((MEMORY + 4096)) ] || { echo "memory: $MEMORY kB, now $now_memory kB"; return 1; }
}
no_more() { [ "$("$1")" -le "$2" ]; }
same_service() { is "$PID" main_pid; }
away() { # libvirt stays away: what was known is shown, changes are refused at once
    inside systemctl stop "${SOCKETS[@]}" libvirtd.service && km wait manager 10 Connected=false &&
        is "$LIST" list && milliseconds 1000 refused Unavailable call trouble3 Pause && milliseconds 1000 refused Unavailable call trouble3-off Start &&
        milliseconds 1000 refused Unavailable call trouble3-off Delete
}
comes_back() { inside systemctl start "${SOCKETS[@]}" && km wait manager 15 Connected=true && is "$LIST" list && unhurt "$QEMUS" && km call trouble3 Pause && km call trouble3 Resume; }

jobs_now() {
    inside busctl --json=short call org.kvmmanager.Manager1 /org/kvmmanager/Manager1 org.freedesktop.DBus.ObjectManager GetManagedObjects |
        jq -r '.data[0] | keys[] | select(contains("/jobs/"))'
}
job_count() { jobs_now | grep -c .; }
crowd() { # 12 clients that are killed in the middle of their calls; the jobs go on until somebody cancels them
    local i
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        lab_in "$KVMLAB_NAME" sh -c 'echo $$ >"$1"; shift; exec "$@"' - /run/kvmlab/client-$i "$KM" call trouble4 Shutdown mode=acpi timeout=100 >/dev/null 2>&1 &
    done
    wait_for 10 is 12 job_count || { job_count; return 1; }
    inside sh -c 'kill -KILL $(cat /run/kvmlab/client-*) && rm /run/kvmlab/client-*'
    is 12 job_count && jobs_now | while read -r i; do km call "$i" Cancel; done && wait_for 5 is '' jobs_now
}
clients_die() { # a crowd may open connections to libvirt that stay; what stays open for each client would grow every time
    local before i
    crowd || return 1
    for i in 1 2 3 4; do
        before=$(fds)
        crowd || return 1
        ! wait_for 2 no_more fds "$before" || return 0
    done
    echo "descriptors: $before, now $(fds), each time more"
    return 1
}

full() {
    local image=/var/lib/libvirt/images/trouble.qcow2
    drop trouble4-off && inside qemu-img create -q -f qcow2 $image 1M && bare trouble4-off "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='$image'/><target dev='vda'/></disk>" &&
        inside systemctl stop kvm-manager && inside mount -t tmpfs -o size=32k,mode=700 small "$STATE" && answers || return 1
    inside sh -c 'cat /dev/zero >"$1/filler" 2>/dev/null || true' - "$STATE"
    refused NoSpace call trouble4-off Delete && known trouble4-off && inside test -e $image && is '' inside find "$STATE/deleted" "$STATE/tmp" -type f &&
        is 'shut off' vir domstate trouble4-off && not inside test -e /var/lib/libvirt/images/.kvm-manager-trash
}
room() { inside rm "$STATE/filler" && km call trouble4-off Delete permanent=true && wait_for 5 unknown trouble4-off && not inside test -e /var/lib/libvirt/images/trouble.qcow2; }

check "four machines run" prepare
check "QEMU hangs: the machine is stalled" hangs
check "the others answer meanwhile" others_answer
check "the stalled one is refused at once" refused_at_once
check "the stalled one is forced off within 20 s" forced_off
check "one that goes on recovers" recovers
check "sixteen machines run beside three others" prepare_crowd
check "sixteen QEMUs hang for a minute: all of them are stalled, the others' calls stay quick" crowd_hangs
grep -v '^  ' "$KVMLAB_TMP/load" 2>/dev/null | sed 's/^/    /' || true # what was measured
check "all of them recover" crowd_recovers
drop "${HUNG[@]}" "${LIVELY[@]}"
wait_for 20 is 8 count_machines
LIST=$(list) QEMUS=$(qemus) PID=$(main_pid)
check "libvirtd is killed 5 times: nothing is lost" deaths 5
FDS=$(fds) MEMORY=$(memory)
check "libvirtd is killed $DEATHS times: nothing is lost" deaths "$DEATHS"
check "descriptors and memory are as before" steady
check "libvirt stays away: cached list, changes are refused" away
check "libvirt comes back" comes_back
check "it was the same service all the time" same_service
check "clients are killed in the middle of their calls: jobs go on, nothing stays open" clients_die
check "the state directory is full: NoSpace, and nothing has changed" full
check "with room it works" room
finish
