#!/bin/bash
# How far a signal lags behind libvirt's callback.   events.sh [ROUNDS]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
start_libvirtd
start_bus
start_peer
start_service
measure "$T/events" "${1:-150}" "$OURS" "$PEER"
judge "signal after an event, against libvirt-dbus" "$(median lag.ours 1)" "$(median lag.libvirt-dbus 1)" "<= 1" ms
judge "the same, both services running" "$(median lag-together.ours 1)" "$(median lag-together.libvirt-dbus 1)" "<= 1" ms
