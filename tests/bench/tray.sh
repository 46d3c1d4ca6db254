#!/bin/bash
# What the tray costs: private dirty memory and wakeups while nothing happens, with MACHINES on the service that it watches.
#   tray.sh [MACHINES [SECONDS]]      KVM_MANAGER_TRAY: the program, by default that of the release build
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
TRAY_PROGRAM=${KVM_MANAGER_TRAY:-${CARGO_TARGET_DIR:-$PROJECT/target}/release/kvm-manager-tray}
[ -x "$TRAY_PROGRAM" ] || die "no $TRAY_PROGRAM: cargo build --release --bin kvm-manager-tray"
isolate "$@"
n=${1:-1000} seconds=${2:-30}

switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' /proc/"$1"/task/*/status; }
on_session() { busctl --address="$DBUS_SESSION_BUS_ADDRESS" --timeout=5 "$@"; }

# A session bus with nobody else on it: neither panel nor notification service.
start_session() {
    run_behind dbus-daemon --session --nofork --nopidfile --address="unix:path=$T/session"
    export DBUS_SESSION_BUS_ADDRESS="unix:path=$T/session" HOME=$T XDG_CONFIG_HOME=$T/config
    wait_for 10 test -S "$T/session"
}
start_tray() { # Sets $TRAY.
    run_behind "$TRAY_PROGRAM"
    TRAY=$PID
    wait_for 20 on_session status org.kvmmanager.Tray
}
title() { on_session get-property "org.kde.StatusNotifierItem-$TRAY-1" /StatusNotifierItem org.kde.StatusNotifierItem Title; }
is_settled() { # it has the machines: none runs
    [[ $(title) == *"No machine is running"* ]]
}
layout() { on_session call "org.kde.StatusNotifierItem-$TRAY-1" /MenuBar com.canonical.dbusmenu GetLayout iias 0 -- -1 0; }

idle() { # idle METRIC : wakeups per second, in $WAKEUPS
    local before
    settle "$TRAY"
    before=$(switches "$TRAY")
    sleep "$seconds"
    WAKEUPS=$(awk -v count=$(($(switches "$TRAY") - before)) -v seconds="$seconds" 'BEGIN { printf "%.2f", count / seconds }')
    emit '{"metric":"%s","n":%d,"wakeups_per_second":%s,"threads":%d}' "$1" "$n" "$WAKEUPS" "$(find "/proc/$TRAY/task" -mindepth 1 -maxdepth 1 | wc -l)"
}

KEEPALIVE=-1 start_libvirtd
start_bus
"$T/machines" 0 "$n"
start_service
start_session
start_tray
wait_for 30 is_settled
settle "$TRAY"
memory tray-memory "$n" "$TRAY"
judge "private dirty memory of the tray, $n machines" "$DIRTY" - "<= 8" MiB
idle tray-idle
judge "wakeups of the tray per second, idle" "$WAKEUPS" - "<= 0" 1/s
for _ in $(seq 100); do layout >/dev/null; done
settle "$TRAY"
memory tray-memory-after-100-menus "$n" "$TRAY"
judge "private dirty memory of the tray after 100 menus" "$DIRTY" - "<= 8" MiB
on_session call "org.kde.StatusNotifierItem-$TRAY-1" /MenuBar com.canonical.dbusmenu AboutToShow i 0 >/dev/null
sleep 32 # figures are wanted for half a minute after the menu was opened
idle tray-idle-after-menu
judge "wakeups of the tray per second, after the menu was shown" "$WAKEUPS" - "<= 0" 1/s
