#!/bin/bash
# Listing all machines: from memory against the floor, GetManagedObjects, libvirt-dbus; and cold, after a start.
#   list.sh [MACHINES...]   in rising order; 1000 5000 by default
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
[ $# -gt 0 ] || set -- 1000 5000

# cold N : until the first answer after a start, with N machines.
cold() {
    measure "$T/list" cold 11 "${COMMAND[@]}" --state-dir "$T/state" 2>>"$T/cold.log"
    [ "$1" = 0 ] || measure "$T/list" raw 11
}

start_libvirtd
start_bus
cold 0
start_peer
start_floor
have=0
for n in "$@"; do
    "$T/machines" "$have" "$n"
    have=$n
    cold "$n"
    rounds=$((n > 2000 ? 15 : 41))
    start_service
    settle "$OURS"
    measure "$T/list" compare $rounds 3
    stop_service
    judge "list of $n, against the floor" "$(median list.ours "$n")" "$(median list.floor "$n")" "<= 2" ms
    judge "GetManagedObjects of $n, against the list" "$(median list.objects "$n")" "$(median list.ours "$n")" "<= 10" ms
    judge "libvirt-dbus, listing $n, against ours" "$(median list.libvirt-dbus "$n")" "$(median list.ours "$n")" ">= 400" ms
    added=$(awk -v all="$(median cold.ours "$n")" -v empty="$(median cold.ours 0)" 'BEGIN { print all - empty }')
    judge "first list of $n after a start, against raw libvirt" "$added" "$(median cold.raw "$n")" "<= 1.5" ms
done
[ $# -lt 2 ] || judge "list of ${*: -1}, against the list of ${*: -2:1}" "$(median list.ours "${*: -1}")" "$(median list.ours "${*: -2:1}")" "<= 6" ms
