#!/bin/bash
# The service's own life: whatever happens to it, machines run on; its bus and libvirt may come and go.
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
MACHINES=(unit-a unit-b)
LIBVIRT=(libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket)
cleanup() {
    inside systemctl start "${LIBVIRT[@]}"
    drop "${MACHINES[@]}"
}
trap cleanup EXIT

prepare() {
    local name
    for name in "${MACHINES[@]}"; do bare "$name" && vir start "$name" || return 1; done
    is ${#MACHINES[@]} count_qemus
}
count_qemus() { qemus | wc -l; }
survives() { # survives COUNT COMMAND... : QEMU's processes stay the same, and the service answers afterwards
    local i
    for ((i = 0; i < $1; i++)); do
        "${@:2}" && wait_for 20 answers && unhurt "$QEMUS" || return 1
    done
}
# What counts here is not how often it may be started in ten seconds.
stop() { inside systemctl stop kvm-manager && forgive; }
restart() { inside systemctl restart kvm-manager && forgive; }
forgive() { inside systemctl reset-failed kvm-manager 2>/dev/null || true; } # there may be nothing to forgive
crash() {
    local old
    old=$(main_pid)
    inside systemctl kill -s KILL --kill-whom=main kvm-manager && forgive
    wait_for 20 replaced "$old"
}
replaced() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ]; }
left_with() { # left_with PID
    is 0 inside systemctl show kvm-manager -p ExecMainStatus --value && is success inside systemctl show kvm-manager -p Result --value
}
# Everything on the bus has to be started again; systemd and logind find back by themselves.
bus_restart() {
    local old
    old=$(main_pid)
    inside systemctl restart dbus.service
    wait_for 5 not inside test -d "/proc/$old" || { echo "still there after 5 s"; return 1; }
    wait_for 5 left_with "$old" || { left_with "$old"; return 1; }
    inside systemctl restart systemd-logind polkit && wait_for 20 answers && unhurt "$QEMUS"
}
sees() { km list | cut -f1 | sort | tr '\n' ' '; }
no_libvirt() {
    inside systemctl stop kvm-manager "${LIBVIRT[@]}" && refused Unavailable call manager ListMachines &&
        is 'not-running' km get manager ConnectionProblem
}
libvirt_comes() { inside systemctl start libvirtd.socket libvirtd-ro.socket && wait_for 10 is true km get manager Connected && unhurt "$QEMUS"; }
socket_activates() {
    inside systemctl stop kvm-manager libvirtd.service && inside systemctl start libvirtd.socket && is inactive inside systemctl is-active libvirtd.service
    is 'unit-a unit-b ' sees && is active inside systemctl is-active libvirtd.service && unhurt "$QEMUS"
}
rejects_all() { # what the sandbox must not let through, tried with the unit's own settings
    inside nsenter -t "$(main_pid)" -m sh -c '! touch /etc/kvmlab 2>/dev/null && ! touch /usr/kvmlab 2>/dev/null &&
        ! ls /home/kvmlab-user >/dev/null 2>&1 && ! grep -q root /etc/shadow && touch /var/lib/kvm-manager/kvmlab /var/lib/libvirt/images/kvmlab &&
        rm /var/lib/kvm-manager/kvmlab /var/lib/libvirt/images/kvmlab'
}
is_ready_when_activated() { stop && is 'unit-a unit-b ' sees && is running inside systemctl show kvm-manager -p SubState --value; }

check "two machines run" prepare
QEMUS=$(qemus)
check "the first list after activation is whole" is_ready_when_activated
check "its mount namespace is closed but for state and pools" rejects_all
check "stop and start: QEMU's processes stay, 5 times" survives 5 stop
check "restart: QEMU's processes stay, 5 times" survives 5 restart
check "SIGKILL: QEMU's processes stay, 5 times" survives 5 crash
check "the bus restarts: it leaves with 0 and comes back when called" bus_restart
check "the bus restarts again" bus_restart
check "no libvirt: it is up and says so" no_libvirt
check "libvirt comes: it connects by itself" libvirt_comes
check "libvirt is activated by its socket" socket_activates
finish
