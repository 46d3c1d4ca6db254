#!/bin/bash
# Runs in a lab host, on the desktop: what screen readers are told of our window, over their bus.
#   heard.sh watch          each of its events as a line of JSON, until it is ended
#   heard.sh focus FILE     kind and name of what got the focus last, by what `watch` wrote there
#   heard.sh parts          a line for each part of its windows: kind, a tab, name, a tab, name and path on the bus
#   heard.sh press LABEL    presses the first button with this label, as a screen reader does
set -euo pipefail
ADDRESS=$(busctl --user --json=short call org.a11y.Bus /org/a11y/bus org.a11y.Bus GetAddress | jq -r '.data[0]')
ROOT=/org/a11y/atspi/accessible/root

ask() { busctl --address="$ADDRESS" --timeout=5 --json=short call "$1" "$2" "org.a11y.atspi.$3" "${@:4}"; } # ask NAME PATH INTERFACE METHOD...
name() { busctl --address="$ADDRESS" --timeout=5 --json=short get-property "$1" "$2" org.a11y.atspi.Accessible Name | jq -r .data; }
kind() { ask "$1" "$2" Accessible GetRoleName | jq -r '.data[0]'; }
children() { ask "$1" "$2" Accessible GetChildren | jq -r '.data[0][] | @tsv'; }
walk() { # walk NAME PATH : what goes away meanwhile is left out
    local name path
    printf '%s\t%s\t%s %s\n' "$(kind "$1" "$2")" "$(name "$1" "$2")" "$1" "$2"
    children "$1" "$2" | while read -r name path; do walk "$name" "$path" || true; done
}
parts() {
    local name path
    children org.a11y.atspi.Registry $ROOT | while read -r name path; do
        [ "$(name "$name" "$path")" != 'KVM Manager' ] || children "$name" "$path" | while read -r name path; do walk "$name" "$path"; done
    done
}

case $1 in
    watch) exec busctl --address="$ADDRESS" monitor --json=short --match "type='signal',interface='org.a11y.atspi.Event.Object'" ;;
    focus)
        read -r name path < <(jq -r 'select(.member == "StateChanged" and .payload.data[0] == "focused" and .payload.data[1] == 1) | [.sender, .path] | @tsv' "$2" | tail -n 1)
        printf '%s\t%s\n' "$(kind "$name" "$path")" "$(name "$name" "$path")"
        ;;
    parts) parts ;;
    press)
        read -r name path < <(parts | awk -F '\t' -v label="$2" '$1 == "push button" && $2 == label { print $3; exit }')
        ask "$name" "$path" Action DoAction i 0 | jq -e '.data[0]' >/dev/null
        ;;
esac
