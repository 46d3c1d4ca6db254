#!/bin/bash
# The window beside virt-manager: start, memory, idle CPU, and how soon it is painted. Both on the same X server, the same
# libvirtd and the same machines, in turns; both are watched from the outside (gui/paint.c).
#   gui.sh [SECONDS]    idle seconds, default 30
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
seconds=${1:-30}
WINDOW=$(dirname "$SERVICE")/kvm-manager
[ -x "$WINDOW" ] || die "$WINDOW is not built"
cc -O2 -Wall -Wextra -o "$T/paint" "$HERE/gui/paint.c" -lX11 -lXdamage -lXtst

start_display() {
    Xvfb -displayfd 7 -screen 0 1440x900x24 -nolisten tcp 7>"$T/display" >/dev/null 2>&1 &
    XSERVER=$!
    STARTED+=("$XSERVER")
    wait_for 20 test -s "$T/display"
    DISPLAY=:$(cat "$T/display")
    export DISPLAY HOME=$T/home XDG_RUNTIME_DIR=$T/xdg XDG_CONFIG_HOME=$T/home/config XDG_STATE_HOME=$T/home/state \
        GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 GTK_A11Y=none LC_ALL=C.UTF-8
    unset WAYLAND_DISPLAY
    mkdir -p "$T/home/state/kvm-manager" "$T/xdg"
    echo 'has-toured = true' >"$T/home/state/kvm-manager/layout.toml"
    chmod 700 "$T/xdg"
    run_behind openbox
    run_behind dbus-daemon --session --nofork --nopidfile --address="unix:path=$T/session"
    export DBUS_SESSION_BUS_ADDRESS=unix:path=$T/session
    wait_for 10 test -S "$T/session"
}

PEER_START=(virt-manager --no-fork --connect qemu:///system)
OURS_START=("$WINDOW" --new --bus "${DBUS_SYSTEM_BUS_ADDRESS:-}")

# begin PROGRAM... : starts it and waits until it is painted. Sets $MAPPED $PAINTED $GUI $SCREEN.
begin() {
    "$T/paint" start 900 "$@" >"$T/begun" 2>"$T/gui.err" || { cat "$T/gui.err" >&2; die "$1 did not show a window"; }
    MAPPED=$(awk '/^mapped/ { print $2 }' "$T/begun") PAINTED=$(awk '/^painted/ { print $2 }' "$T/begun")
    GUI=$(awk '/^pid/ { print $2 }' "$T/begun") SCREEN=$(awk '/^window/ { print $2 }' "$T/begun")
    STARTED+=("$GUI")
}

middle() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# starts WHO N COUNT PROGRAM... : medians in $MAPPED and $PAINTED; the last one goes on.
starts() {
    local who=$1 n=$2 count=$3 i
    shift 3
    : >"$T/mapped"
    : >"$T/painted"
    for ((i = 1; i <= count; i++)); do
        begin "$@"
        echo "$MAPPED" >>"$T/mapped"
        echo "$PAINTED" >>"$T/painted"
        [ "$i" = "$count" ] || stop "$GUI"
    done
    MAPPED=$(middle <"$T/mapped") PAINTED=$(middle <"$T/painted")
    emit '{"metric":"gui-start-%s","n":%d,"unit":"ms","mapped":%s,"painted":%s}' "$who" "$n" "$MAPPED" "$PAINTED"
}

share() { awk -v ticks="$1" -v seconds="$seconds" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", 100 * ticks / hz / seconds }'; }

# rest WHO N PID... : CPU of these and of libvirtd over some seconds, in $LOAD, % of a core. The X server is told apart.
rest() {
    local who=$1 n=$2 before daemon screen
    shift 2
    settle_for 5
    before=$(ticks "$@") daemon=$(ticks "$LIBVIRTD") screen=$(ticks "$XSERVER")
    sleep "$seconds"
    before=$(share $(($(ticks "$@") - before))) daemon=$(share $(($(ticks "$LIBVIRTD") - daemon))) screen=$(share $(($(ticks "$XSERVER") - screen)))
    LOAD=$(awk -v a="$before" -v b="$daemon" 'BEGIN { print a + b }')
    emit '{"metric":"gui-idle-%s","n":%d,"unit":"%% of a core","own":%s,"libvirtd":%s,"xserver":%s}' "$who" "$n" "$before" "$daemon" "$screen"
}

settle_for() { sleep "$1"; }

compare() { # compare N STARTS START-TARGET MEMORY-TARGET
    local n=$1 count=$2 peer_painted peer_pss
    starts peer "$n" "$count" "${PEER_START[@]}"
    peer_painted=$PAINTED
    rest peer "$n" "$GUI"
    PEER_LOAD=$LOAD
    memory gui-memory-peer "$n" "$GUI"
    peer_pss=$PSS
    stop "$GUI"
    starts ours "$n" "$count" "${OURS_START[@]}"
    OURS_PAINTED=$PAINTED
    rest ours "$n" "$GUI" "$OURS"
    memory gui-memory-ours "$n" "$GUI"
    judge "window with $n machines painted after a start" "$OURS_PAINTED" "$peer_painted" "<= $3" ms
    judge "window mapped before its list is complete, $n" "$MAPPED" "$OURS_PAINTED" "<= 1" ms
    judge "memory of the window with $n machines (PSS)" "$PSS" "$peer_pss" "<= $4" MiB
}

KEEPALIVE=-1 start_libvirtd
start_bus
OURS_START[3]=$DBUS_SYSTEM_BUS_ADDRESS
start_display
"$T/machines" 0 1
start_service
starts ours 1 5 "${OURS_START[@]}"
one_painted=$PAINTED
memory gui-memory-ours 1 "$GUI"
one_pss=$PSS
stop "$GUI"
"$T/machines" 1 50
compare 50 3 0.5 0.6
judge "idle: window, service, libvirtd, 50 machines" "$LOAD" "$PEER_LOAD" "<= 0.5" %
stop "$GUI"
"$T/machines" 50 1000
compare 1000 3 0.1 0.3
judge "the same against our own with 1 machine" "$OURS_PAINTED" "$one_painted" "<= 1.25" ms
judge "memory more than with 1 machine" "$(awk -v a="$PSS" -v b="$one_pss" 'BEGIN { print a - b }')" - "<= 10" MiB
judge "idle: window, service, libvirtd, 1,000 machines" "$LOAD" - "<= 1.5" %
# react WHAT KEYS COUNT: the median until something is painted.
react() {
    "$T/paint" react "$SCREEN" 2000 "$2" "$3" >"$T/react"
    judge "$1 until something is painted, 1,000 machines" "$(awk '/^median/ { print $2 }' "$T/react")" - "<= 50" ms
}

react "a key" Down 30
react "a page further" Next 15
react "the wheel" wheel 15
"$T/paint" react "$SCREEN" 2000 slash 1 >"$T/react"
react "a letter in the search field" b,BackSpace 16
"$T/paint" react "$SCREEN" 2000 Escape 1 >"$T/react"
virsh -q -c qemu:///system list --all --name >"$T/all"
read -r first <"$T/all"
"$T/paint" event "$SCREEN" 3000 "virsh -q -c qemu:///system desc --config $first --title bench-\$(date +%N) >/dev/null" 10 >"$T/event"
judge "a change elsewhere until something is painted" "$(awk '/^median/ { print $2 }' "$T/event")" - "<= 50" ms
"$T/paint" hide "$SCREEN" -
settle_for 2
"$T/paint" quiet "$SCREEN" 3000 >"$T/quiet"
judge "paints of a hidden window in 3 s" "$(awk '{ print $2 }' "$T/quiet")" - "<= 0" paints
rest hidden 1000 "$GUI"
judge "CPU of a hidden window, 1,000 machines" "$LOAD" - "<= 0.1" %
stop "$GUI"
# A fifth of the demo's machines run. Their figures are made in the same process.
starts demo 250 1 "$WINDOW" --new --demo=many=250
rest demo-50-running 250 "$GUI"
judge "CPU of a window with 50 machines that run, live figures" "$LOAD" - "<= 3" %
