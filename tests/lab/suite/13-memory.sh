#!/bin/bash
# Huge pages by the product as it is installed: without capabilities, in its sandbox, on the kernel that runs. The pages
# are the machine's own; the number that there was is put back.
# timeout: 300
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
CONTROL=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
KSM=/sys/kernel/mm/ksm/run
BEFORE=$(cat $CONTROL 2>/dev/null || true)
MERGING=$(cat $KSM 2>/dev/null || true)
put_back() {
    drop big broken alone
    [ -z "$BEFORE" ] || echo "$BEFORE" >$CONTROL
    [ -z "$MERGING" ] || echo "$MERGING" >$KSM
}
trap put_back EXIT

host() { # host INTERFACE METHOD ARGUMENT... : as root in the lab host
    inside busctl --timeout=120 call org.kvmmanager.Manager1 /org/kvmmanager/Manager1/host "org.kvmmanager.Manager1.Host.$1" "${@:2}"
}
by_user() {
    as kvmlab-user -- timeout 60 busctl --timeout=60 --allow-interactive-authorization=no call org.kvmmanager.Manager1 \
        /org/kvmmanager/Manager1/host org.kvmmanager.Manager1.Host.HugePages "$@" 2>&1
}
pages() { cat $CONTROL; }
reserves() { is "t 4" host HugePages Reserve 'tta{sv}' 2097152 4 0 && is $((BEFORE + 4)) pages; }
releases() { is "t 4" host HugePages Release 'tta{sv}' 2097152 4 0 && is "$BEFORE" pages; }
on_node() {
    is "t 2" host HugePages Reserve 'tta{sv}' 2097152 2 1 node u 0 && is $((BEFORE + 2)) pages &&
        is "t 2" host HugePages Release 'tta{sv}' 2097152 2 1 node u 0 && is "$BEFORE" pages
}
a_user_may_not() {
    local method
    for method in "Reserve tta{sv} 2097152 1 0" "Release tta{sv} 2097152 1 0" "SetKsm ba{sv} false 0" "SetTransparentHugePages sa{sv} never 0"; do
        # shellcheck disable=SC2086 # words
        prints 'nteractive authentication required|NotAuthorized' by_user $method || return 1
    done
    is "$BEFORE" pages
}
floor_holds() { # all the memory that there is
    local count
    count=$(awk '/^MemTotal/ { print int($2 / 2048) }' /proc/meminfo)
    ! host HugePages Reserve 'tta{sv}' 2097152 "$count" 0 || return 1
    is "$BEFORE" pages
}
merges() {
    host HugePages SetKsm 'ba{sv}' true 0 && is 1 cat $KSM && host HugePages SetKsm 'ba{sv}' false 0 && is 0 cat $KSM
}
kills() { # the service ends in the middle of reservations; the next one puts back what was half done
    local round
    for round in 1 2 3; do
        # So many starts after each other are no reason to stay down.
        inside systemctl reset-failed kvm-manager
        inside systemctl start kvm-manager
        host HugePages Reserve 'tta{sv}' 2097152 600 0 >"$KVMLAB_TMP/reserve" 2>&1 &
        wait_for 20 changed || { cat "$KVMLAB_TMP/reserve"; return 1; }
        inside systemctl kill -s KILL kvm-manager
        wait $! && echo "round $round: whole"
        inside systemctl reset-failed kvm-manager
        inside systemctl start kvm-manager
        host HugePages ListUsers 'a{sv}' 0 >/dev/null
        # Whole, or as before.
        if [ "$(pages)" = $((BEFORE + 600)) ]; then
            is "t 600" host HugePages Release 'tta{sv}' 2097152 600 0 || return 1
        fi
        is "$BEFORE" pages || return 1
    done
}
changed() { [ "$(pages)" != "$BEFORE" ]; }

# A machine of 64 MiB, that is 32 pages, with the real libvirt and QEMU.
has_pages() { # where libvirt finds huge pages: it looks for the mount once, when it starts, and may have done so before it was there
    inside grep -q ' hugetlbfs ' /proc/mounts && km during manager 30000 Connected=false Connected=true -- systemctl restart libvirtd
}
connected() { is true km get manager Connected; }
pages_are() { [ "$(pages)" = "$1" ]; }
big() {
    BARE_MEMORY=64 bare big && km call big SetHugePages enabled=true && km call big SetHostTuning reserve-huge-pages=true
}
with_its_start() {
    km call big Start && is $((BEFORE + 32)) pages && km call big ForceOff && wait_for 20 pages_are "$BEFORE"
}
ended_by_others() {
    km call big Start && is $((BEFORE + 32)) pages && vir destroy big && wait_for 20 pages_are "$BEFORE"
}
ended_meanwhile() { # while no service is there
    km call big Start && inside systemctl kill -s KILL kvm-manager && vir destroy big && is $((BEFORE + 32)) pages &&
        wait_for 20 connected && wait_for 20 pages_are "$BEFORE"
}
stays_meanwhile() { # the machine, over a restart of the service
    km call big Start && inside systemctl restart kvm-manager && wait_for 20 connected && is $((BEFORE + 32)) pages && vir destroy big &&
        wait_for 20 pages_are "$BEFORE"
}
failed_start() { # for a disk that is not there
    BARE_MEMORY=64 bare broken '<disk type="file"><source file="/run/kvmlab/missing"/><target dev="hda"/></disk>' &&
        km call broken SetHugePages enabled=true && km call broken SetHostTuning reserve-huge-pages=true && ! km call broken Start &&
        is "$BEFORE" pages
}
other_pages_stay() { # pages of an administrator's
    is "t 40" host HugePages Reserve 'tta{sv}' 2097152 40 0 && km call big Start && is $((BEFORE + 40)) pages && km call big ForceOff &&
        is 1 km_off big && is $((BEFORE + 40)) pages && is "t 40" host HugePages Release 'tta{sv}' 2097152 40 0
}
km_off() { km wait "$1" 20 State=4 >/dev/null && echo 1; }
too_large() {
    local memory
    memory=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
    vir dumpxml --inactive big | sed -E "s,<(memory|currentMemory) unit='KiB'>[0-9]+,<\\1 unit='MiB'>$memory," >"$(in_root /run/kvmlab/large.xml)"
    vir define /run/kvmlab/large.xml && refused Unsafe call big Start && is "$BEFORE" pages
}

# CPUs: the last one of the computer, for a machine alone.
LAST=$(($(getconf _NPROCESSORS_ONLN) - 1))
allowed() { inside systemctl show "$1" -p AllowedCPUs --value; }
REST=0
[ "$LAST" -lt 2 ] || REST=0-$((LAST - 1))
untouched() { [ -z "$(allowed system.slice)$(allowed user.slice)$(allowed init.scope)" ]; }
keeps_off() { is "$REST" allowed system.slice && is "$REST" allowed init.scope && [ -z "$(allowed machine.slice)" ]; }
alone() {
    bare alone '' "<cputune><vcpupin vcpu='0' cpuset='$LAST'/></cputune>" && km call alone SetHostTuning isolate-cpus=true && untouched
}
for_its_run() { km call alone Start && keeps_off && km call alone ForceOff && wait_for 20 untouched; }
started_by_others() { vir start alone && wait_for 20 keeps_off && vir destroy alone && wait_for 20 untouched; }
killed() {
    inside systemctl reset-failed kvm-manager && km call alone Start && keeps_off && inside systemctl kill -s KILL kvm-manager && keeps_off && vir destroy alone &&
        wait_for 20 connected && wait_for 20 untouched
}
follows_pins() { # a machine that runs
    km call alone Start && keeps_off && km call alone ClearPinning && wait_for 20 untouched &&
        vir vcpupin alone --live | grep -q "0-$LAST" && km call alone ForceOff && wait_for 20 untouched
}
last_core() {
    drop alone
    bare alone '' "<cputune><vcpupin vcpu='0' cpuset='0-$LAST'/></cputune>" && refused Unsafe call alone SetHostTuning isolate-cpus=true &&
        km call alone Start && untouched && km call alone ForceOff
}

check "everybody reads the topology" as kvmlab-user -- busctl introspect org.kvmmanager.Manager1 /org/kvmmanager/Manager1/host org.kvmmanager.Manager1.Host.Topology
check "everybody gets the report" prints '"iommu"' as kvmlab-user -- busctl call org.kvmmanager.Manager1 /org/kvmmanager/Manager1/host org.kvmmanager.Manager1.Host.Readiness Report 'a{sv}' 0
if [ -n "$BEFORE" ]; then
    check "a user without the right changes nothing" a_user_may_not
    check "reserves pages" reserves
    check "gives them back" releases
    check "reserves and gives back on a node" on_node
    check "the floor holds" floor_holds
    check "3 kills during a reservation: whole or as before" kills
fi
[ -z "$MERGING" ] || check "merging starts and stops" merges
need_driver
if [ -n "$BEFORE" ]; then
    check "libvirt has huge pages" has_pages
    check "a machine asks for pages at its start" big
    check "pages come with the start of a machine and go with its stop" with_its_start
    check "they go when others stop it" ended_by_others
    check "they go when it was stopped while the service was dead" ended_meanwhile
    check "they stay over a restart of the service" stays_meanwhile
    check "a start that fails leaves none" failed_start
    check "pages that are there are used, and stay" other_pages_stay
    check "a machine that is too large is refused with the host as it was" too_large
fi
if [ "$LAST" -gt 0 ]; then
    check "a machine asks for its CPU alone" alone
    check "the host keeps off a machine's CPU while it runs" for_its_run
    check "also when others start and stop it" started_by_others
    check "what a killed service had taken comes back" killed
    check "a machine that runs follows its pins" follows_pins
    check "the host keeps a core" last_core
fi
finish
