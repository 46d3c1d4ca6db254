#!/bin/bash
# `make run`: builds everything, starts the service on a bus of its own and opens the window on it. Without a display it
# lists the machines and shows what to try instead. Closing the window, or Ctrl-C, ends it; nothing stays behind.
#   root: qemu:///system. Without a libvirtd one is started for the run, on a copy of this machine's libvirt
#         configuration and without its network. Authorization is polkit's, by a polkitd on the same bus.
#   user: qemu:///session, or libvirt's built-in test driver when there is no QEMU.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
BINARY=${CARGO_TARGET_DIR:-target}/release/kvm-managerd
WINDOW=${CARGO_TARGET_DIR:-target}/release/kvm-manager
NAME=org.kvmmanager.Manager1
OBJECT=/org/kvmmanager/Manager1
PATH=$PATH:/usr/sbin:/sbin
STARTED=()

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { echo "run: $*" >&2; exit 1; }

answers() { timeout 20 virsh -q -c "$1" version >/dev/null 2>&1; }

# start COMMAND... : in the background, out of reach of the terminal's Ctrl-C, gone when this script is.
start() {
    setsid setpriv --pdeathsig TERM "$@" </dev/null &
    STARTED+=($!)
}

# until_true SECONDS COMMAND... : and no later than the end of the process started last.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] && kill -0 "${STARTED[-1]}" 2>/dev/null || return 1
        sleep 0.1
    done
}

cleanup() {
    trap '' INT TERM
    local i pid
    for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do
        kill "${STARTED[i]}" 2>/dev/null || continue
        timeout 10 tail --pid="${STARTED[i]}" -f /dev/null || kill -KILL "${STARTED[i]}" 2>/dev/null || true
    done
    # Machines and dnsmasq of the private libvirtd: all that shares its network namespace.
    if [ -n "${KVM_MANAGER_PRIVATE:-}" ]; then
        for pid in /proc/[0-9]*; do
            [ "$(readlink "$pid/ns/net" 2>/dev/null)" = "$(readlink /proc/self/ns/net)" ] || continue
            pid=${pid#/proc/}
            [ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] || [ "$pid" = "$PPID" ] || kill -KILL "$pid" 2>/dev/null || true
        done
    fi
    [ -n "${DIR:-}" ] || return 0
    ! mountpoint -q "$DIR/libvirt" || umount -l "$DIR/libvirt" # its overlays go with the namespace
    rm -rf "$DIR"
}

# ---- the private libvirtd (root, in mount and network namespaces of its own)

# A copy-on-write view of this machine's libvirt: its machines are listed, and nothing is written to them.
start_libvirtd() {
    local dir upper=$DIR/libvirt
    mkdir -p "$upper"
    mount -t tmpfs -o mode=755 kvm-manager-run "$upper"
    for dir in /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
        [ -d "$dir" ] || continue
        mkdir -p "$upper/up$dir" "$upper/work$dir"
        chmod --reference="$dir" "$upper/up$dir"
        mount -t overlay kvm-manager-run -o "lowerdir=$dir,upperdir=$upper/up$dir,workdir=$upper/work$dir" "$dir"
    done
    mkdir -p /run/libvirt
    mount -t tmpfs -o mode=755 kvm-manager-run /run/libvirt
    # Without virtlogd the output of QEMU goes to plain files.
    printf '\nstdio_handler = "file"\n' >>/etc/libvirt/qemu.conf
    start libvirtd --pid-file "$DIR/libvirtd.pid" >"$DIR/libvirtd.log" 2>&1
    # The first time, libvirt takes half a minute to find out what QEMU can do.
    until_true 90 answers qemu:///system || { tail -n 5 "$DIR/libvirtd.log" >&2; return 1; }
}

# ---- the bus

bus_config() { # bus_config TYPE POLICY
    cat <<E
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>$1</type>
  <listen>unix:path=$DIR/bus</listen>
  <auth>EXTERNAL</auth>
$2
</busconfig>
E
}

start_bus() {
    ADDRESS=unix:path=$DIR/bus
    start dbus-daemon --config-file="$DIR/bus.conf" --nofork --nopidfile --nosyslog
    until_true 10 test -S "$DIR/bus" || fail "dbus-daemon did not start"
}

start_user_bus() {
    bus_config session '  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>' >"$DIR/bus.conf"
    start_bus
}

# The policy of a system bus, ours and polkit's; and polkitd, which finds our actions by a mount that
# only this namespace has.
start_system_bus() {
    local polkitd file policy
    policy='  <policy context="default">
    <allow user="*"/><deny own="*"/><deny send_type="method_call"/>
    <allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/>
    <allow receive_type="error"/><allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
    <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus" send_member="UpdateActivationEnvironment"/>
  </policy>'
    for file in "$here/dbus/$NAME.conf" /usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf \
        /etc/dbus-1/system.d/org.freedesktop.PolicyKit1.conf; do
        [ ! -e "$file" ] || { cp "$file" "$DIR/"; policy+=$'\n'"  <include>$DIR/${file##*/}</include>"; }
    done
    bus_config system "$policy" >"$DIR/bus.conf"
    start_bus
    export DBUS_SYSTEM_BUS_ADDRESS=$ADDRESS

    for polkitd in /usr/lib/polkit-1/polkitd /usr/libexec/polkitd; do [ ! -x "$polkitd" ] || break; done
    mkdir "$DIR/actions" "$DIR/rules.d"
    cp /usr/share/polkit-1/actions/* "$here"/polkit/*.policy "$DIR/actions/"
    [ ! -d /usr/share/polkit-1/rules.d ] || cp -r /usr/share/polkit-1/rules.d/. "$DIR/rules.d/"
    cp "$here"/polkit/*.rules "$DIR/rules.d/"
    chmod -R u=rwX,go=rX "$DIR/actions" "$DIR/rules.d"
    mount --bind "$DIR/actions" /usr/share/polkit-1/actions
    [ ! -d /usr/share/polkit-1/rules.d ] || mount --bind "$DIR/rules.d" /usr/share/polkit-1/rules.d
    start "$polkitd" --no-debug >"$DIR/polkitd.log" 2>&1
    until_true 15 busctl --address="$ADDRESS" status org.freedesktop.PolicyKit1 || { cat "$DIR/polkitd.log" >&2; fail "polkitd did not start"; }
}

# ---- the service

start_service() {
    start "$BINARY" "$@"
    until_true 30 busctl --address="$ADDRESS" status "$NAME" || fail "the service did not start"
}

show() {
    local paths path first bus="busctl --address=$ADDRESS"
    say "Machines at $URI"
    mapfile -t paths < <($bus call $NAME $OBJECT $NAME ListMachines 'a{sv}' 0 | grep -o "$OBJECT/machines/[0-9a-f_]*")
    for path in "${paths[@]:0:20}"; do
        printf '  %-24s %s\n' "$($bus get-property $NAME "$path" $NAME.Machine Name | cut -d' ' -f2-)" "$path"
    done
    [ ${#paths[@]} -le 20 ] || echo "  ... and $((${#paths[@]} - 20)) more"
    [ ${#paths[@]} -gt 0 ] || echo "  none"
    first=${paths[0]:-$OBJECT/machines/UUID}
    say "Try, in another terminal${1:+ $1}:"
    printf '  %s\n' "$bus call $NAME $OBJECT $NAME ListMachines 'a{sv}' 0" "$bus introspect $NAME $first $NAME.Machine" \
        "$bus call $NAME $first $NAME.Machine $(next_step "$first") 'a{sv}' 0"
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        say "The window is open; closing it, or Ctrl-C, ends the run."
    else
        say "Running; Ctrl-C ends it. With a display (DISPLAY or WAYLAND_DISPLAY) the window would open."
    fi
}

# What makes sense for it: pause what runs (state 1), resume what is paused (2), else start.
next_step() {
    case $(busctl --address="$ADDRESS" get-property $NAME "$1" $NAME.Machine State 2>/dev/null) in
        "u 1") echo Pause ;;
        "u 2") echo Resume ;;
        *) echo Start ;;
    esac
}

run_as_root() {
    URI=qemu:///system
    if [ -z "${KVM_MANAGER_PRIVATE:-}" ]; then
        say "Using this machine's libvirtd ($URI)"
    else
        say "No libvirtd is running: starting one for this run ($URI). What you change is gone afterwards."
        if ! start_libvirtd; then
            URI=test:///default
            say "It did not start: using libvirt's built-in test driver ($URI)"
        fi
    fi
    start_system_bus
    start_service --bus "$ADDRESS" --uri "$URI" --state-dir "$DIR/state"
    show "(as root, or as another user to be refused)"
}

run_as_user() {
    URI=qemu:///session
    if answers $URI; then
        say "Using your own libvirt ($URI)"
    else
        URI=test:///default
        say "No QEMU for this user: using libvirt's built-in test driver ($URI)"
    fi
    start_user_bus
    start_service --session --bus "$ADDRESS" --uri "$URI" --state-dir "$DIR/state"
    show
}

if [ "${1:-}" != --inside ]; then
    scripts/install-dependencies.sh run
    cargo build --release --locked --bin kvm-managerd --bin kvm-manager
    if [ "$(id -u)" = 0 ]; then
        # In a mount namespace of its own; with a libvirtd of its own in a network namespace, too.
        answers qemu:///system && exec unshare --mount --propagation private "$BASH" scripts/run.sh --inside
        KVM_MANAGER_PRIVATE=1 exec unshare --mount --net --propagation private "$BASH" scripts/run.sh --inside
    fi
fi
# Other users have to reach root's bus, nobody else a user's.
DIR=$(mktemp -d "${TMPDIR:-/tmp}/kvm-manager-run.XXXXXX")
trap cleanup EXIT
trap 'exit 0' INT TERM HUP
mkdir -m 700 "$DIR/state"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$DIR"
    run_as_root
else
    run_as_user
fi
code=0
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    "$WINDOW" --new --bus "$ADDRESS" || code=$?
    [ $code = 0 ] || fail "the window ended with code $code"
    say "The window was closed."
else
    wait "${STARTED[-1]}" || code=$?
    [ $code = 0 ] || fail "the service ended with code $code"
    say "The service ended."
fi
