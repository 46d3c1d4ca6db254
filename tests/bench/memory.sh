#!/bin/bash
# Private dirty memory of the service: empty, with MACHINES after the listing that libvirt-dbus did too, and growth.
#   memory.sh [MACHINES]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
n=${1:-1000}
start_libvirtd
start_bus
start_peer
start_service
settle "$OURS"
memory memory.libvirt-dbus 0 "$PEER"
memory memory.ours 0 "$OURS"
judge "private dirty memory without machines" "$DIRTY" - "<= 6" MiB
stop_service
"$T/machines" 0 "$n"
start_service
settle "$OURS"
memory memory-before-lists.ours "$n" "$OURS"
for _ in 1 2 3; do "$T/list" peer; done
"$T/list" repeat 3
settle "$OURS"
memory memory.libvirt-dbus "$n" "$PEER"
peer=$DIRTY
memory memory.ours "$n" "$OURS"
judge "private dirty memory with $n machines, against libvirt-dbus" "$DIRTY" "$peer" "<= 1" MiB
"$T/list" repeat 100
settle "$OURS"
memory memory-after-100-lists.ours "$n" "$OURS"
before=$DIRTY
"$T/list" repeat 1000
settle "$OURS"
memory memory-after-1100-lists.ours "$n" "$OURS"
judge "growth over 1000 lists" "$(awk -v now="$DIRTY" -v before="$before" 'BEGIN { printf "%.2f", now - before }')" - "<= 0.1" MiB
"$T/list" objects 10
settle "$OURS"
memory memory-after-objects.ours "$n" "$OURS"
judge "the same after GetManagedObjects, against libvirt-dbus" "$DIRTY" "$peer" "<= 1" MiB
