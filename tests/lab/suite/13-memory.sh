#!/bin/bash
# Huge pages by the product as it is installed: without capabilities, in its sandbox, on the kernel that runs. The pages
# are the machine's own; the number that there was is put back.
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
        inside systemctl start kvm-manager
        host HugePages Reserve 'tta{sv}' 2097152 600 0 >"$KVMLAB_TMP/reserve" 2>&1 &
        wait_for 20 changed || { cat "$KVMLAB_TMP/reserve"; return 1; }
        inside systemctl kill -s KILL kvm-manager
        wait $! && echo "round $round: whole"
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
finish
