#!/bin/bash
# What the service does while nothing happens, and what one subscriber to live figures costs.
#   idle.sh [MACHINES [SECONDS]]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
n=${1:-1000} seconds=${2:-30}

switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' /proc/"$1"/task/*/status; }
share() { awk -v ticks="$1" -v seconds="$seconds" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", 100 * ticks / hz / seconds }'; }

# idle METRIC : wakeups of the service per second, in $WAKEUPS.
idle() {
    local wakeups libvirtd
    settle "$OURS"
    wakeups=$(switches "$OURS") libvirtd=$(ticks "$LIBVIRTD")
    sleep "$seconds"
    WAKEUPS=$(awk -v count=$(($(switches "$OURS") - wakeups)) -v seconds="$seconds" 'BEGIN { printf "%.2f", count / seconds }')
    emit '{"metric":"%s","n":%d,"wakeups_per_second":%s,"libvirtd_percent":%s}' "$1" "$n" "$WAKEUPS" "$(share $(($(ticks "$LIBVIRTD") - libvirtd)))"
}

# libvirtd asks each of its clients every five seconds whether it lives: that is counted apart.
KEEPALIVE=-1 start_libvirtd
start_bus
"$T/machines" 0 "$n"
start_service
idle idle
judge "wakeups of its own per second, nobody subscribed" "$WAKEUPS" - "<= 0" 1/s
ours=$(ticks "$OURS") libvirtd=$(ticks "$LIBVIRTD") bus=$(ticks "$BUS")
measure "$T/subscribe" 1000 "$seconds"
ours=$(share $(($(ticks "$OURS") - ours))) libvirtd=$(share $(($(ticks "$LIBVIRTD") - libvirtd))) bus=$(share $(($(ticks "$BUS") - bus)))
emit '{"metric":"subscribed","n":%d,"unit":"%% of a core","ours":%s,"libvirtd":%s,"bus":%s}' "$n" "$ours" "$libvirtd" "$bus"
judge "a subscriber each second, with libvirtd's part" "$(awk -v a="$ours" -v b="$libvirtd" 'BEGIN { print a + b }')" - "<= 1" %
stop_service
stop "$LIBVIRTD"
start_libvirtd
start_service
idle idle-with-keepalive
