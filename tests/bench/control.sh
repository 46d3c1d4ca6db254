#!/bin/bash
# What our service adds to a control call of libvirt's.   control.sh [ROUNDS]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
start_libvirtd
start_bus
start_peer
start_floor
start_service
measure "$T/control" calls "${1:-200}"
measure "$T/control" power "$((${1:-200} / 10))"
added() { awk -v service="$(median "$1.$2" 1)" -v raw="$(median "$1.raw" 1)" 'BEGIN { printf "%.4f", service - raw }'; }
for call in pause resume pause-after-rest resume-after-rest; do
    added=$(added $call ours)
    case $call in
        *-after-rest) tell "$call, added to raw libvirt" "$added" - ms ;;
        *) judge "$call, added to raw libvirt" "$added" - "<= 0.25" ms ;;
    esac
    tell "$call, of that the bus itself (a call that does nothing)" "$(median $call.echo 1)" "$added" ms
    tell "$call, added by libvirt-dbus" "$(added $call libvirt-dbus)" "$added" ms
done
for call in start force-off; do
    judge "$call, against raw libvirt" "$(median $call.ours 1)" "$(median $call.raw 1)" "<= 1.02" ms
done
judge "start, until its job is on the bus" "$(median start-accepted.ours 1)" - "<= 100" ms
