#!/bin/bash
# Proves what a test guest can do, in a lab host that is up.  check-guest.sh [--name a]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=suite/lib.sh
. "$LAB_DIR/suite/lib.sh"
need_root
NAME=${KVMLAB_NAME:-a}
[ "${1:-}" != --name ] || NAME=$2
GUEST=labcheck
V=(lab_in "$NAME" timeout 60 virsh -q -c qemu:///system)
trap '"${V[@]}" destroy $GUEST >/dev/null 2>&1; "${V[@]}" undefine --managed-save $GUEST >/dev/null 2>&1; rm -f "$ROOT/var/lib/libvirt/images/$GUEST.qcow2"' EXIT
ROOT=/proc/$(lab_leader "$NAME")/root

has() { "${@:2}" | grep -Eq "$1"; }
agent() { "${V[@]}" qemu-agent-command "$GUEST" "$1"; }
answers() { wait_for 60 agent '{"execute":"guest-ping"}'; }
off() { wait_for 60 has 'shut off' "${V[@]}" domstate "$GUEST"; }
run() { # run SHELL : in the guest
    local pid
    pid=$(agent "$(jq -nc --arg c "$1" '{execute: "guest-exec", arguments: {path: "/bin/sh", arg: ["-c", $c]}}')" | jq .return.pid) &&
        wait_for 30 exited "$pid" && [ "$(exit_code "$pid")" = 0 ]
}
exited() { agent "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":$1}}" >"$STATUS" && [ "$(jq .return.exited "$STATUS")" = true ]; }
exit_code() { jq .return.exitcode "$STATUS"; }
STATUS=$(mktemp)
own_port() {
    local port
    port=$("${V[@]}" dumpxml $GUEST | sed -n "s/.*path='\([^']*org.kvmmanager.agent.0\)'.*/\1/p")
    lab_in "$NAME" timeout 20 expect -c "spawn -noecho socat - UNIX-CONNECT:$port; send hello\r; expect \"echo hello\" {exit 0} timeout {exit 1}; exit 1"
}
settled() { run 'dmesg | grep -q KVMLAB-GUEST-SETTLED'; }

check "boots until its agent answers" "$LAB_DIR/guest/start.sh" --host "$NAME" $GUEST
check "the agent knows its system" has 'pretty-name.*KVM Manager lab' "${V[@]}" guestinfo $GUEST
check "gets an address by DHCP" wait_for 30 has '192\.168\.122' "${V[@]}" domifaddr $GUEST --source lease
check "the agent knows the address" wait_for 30 has 'eth0.*192\.168\.122' "${V[@]}" domifaddr $GUEST --source agent
check "runs a command" run 'test -b /dev/vda'
check "has a screen" "${V[@]}" screenshot $GUEST /srv/lab-shared/$GUEST.ppm
check "its own port answers" own_port
check "freezes" "${V[@]}" domfsfreeze $GUEST
check "thaws" "${V[@]}" domfsthaw $GUEST
check "pauses" "${V[@]}" suspend $GUEST
check "resumes" "${V[@]}" resume $GUEST
check "is saved" "${V[@]}" managedsave $GUEST
check "is restored" "${V[@]}" start $GUEST
check "the agent answers afterwards" answers
check "hot-plugs a disk" lab_in "$NAME" sh -c "qemu-img create -q -f raw /var/lib/libvirt/images/$GUEST-b 8M && virsh -q -c qemu:///system attach-disk $GUEST /var/lib/libvirt/images/$GUEST-b vdb --live"
check "sees the disk" wait_for 30 run 'test -b /dev/vdb'
check "is settled" wait_for 90 settled
check "shuts down by ACPI" "${V[@]}" shutdown $GUEST --mode acpi
check "is off" off
check "starts again" "${V[@]}" start $GUEST
check "the agent answers again" answers
check "shuts down by its agent" "${V[@]}" shutdown $GUEST --mode agent
check "is off again" off
rm -f "$ROOT/var/lib/libvirt/images/$GUEST-b" "$LAB_STATE/shared/$GUEST.ppm" "$STATUS"
finish
