#!/bin/bash
# Runs in a lab host, on the desktop: the buttons of a program that uses GTK, as screen readers are told of them.
#   buttons.sh PROGRAM           a line for each: label, a tab, x and y of its middle on the screen, name and path on the bus
#   buttons.sh PROGRAM LABEL     presses the first with this label, over the bus
set -euo pipefail
ADDRESS=$(busctl --user --json=short call org.a11y.Bus /org/a11y/bus org.a11y.Bus GetAddress | jq -r '.data[0]')
ROOT=/org/a11y/atspi/accessible/root
BUTTON=43 # ATSPI_ROLE_PUSH_BUTTON

ask() { busctl --address="$ADDRESS" --timeout=5 --json=short call "$1" "$2" "org.a11y.atspi.$3" "${@:4}"; } # ask NAME PATH INTERFACE METHOD...
name() { busctl --address="$ADDRESS" --timeout=5 --json=short get-property "$1" "$2" org.a11y.atspi.Accessible Name | jq -r .data; }
children() { ask "$1" "$2" Accessible GetChildren | jq -r '.data[0][] | @tsv'; }
walk() { # walk NAME PATH : what goes away meanwhile is left out
    local name path
    if [ "$(ask "$1" "$2" Accessible GetRole | jq '.data[0]')" = $BUTTON ]; then
        printf '%s\t%s\t%s %s\n' "$(name "$1" "$2")" \
            "$(ask "$1" "$2" Component GetExtents u 0 | jq -r '.data[0] | "\(.[0] + (.[2] / 2 | floor)) \(.[1] + (.[3] / 2 | floor))"')" "$1" "$2"
        return
    fi
    children "$1" "$2" | while read -r name path; do walk "$name" "$path" || true; done
}
buttons() {
    local name path
    children org.a11y.atspi.Registry $ROOT | while read -r name path; do
        [ "$(name "$name" "$path")" != "$1" ] || walk "$name" "$path"
    done
}

if [ $# = 1 ]; then
    buttons "$1"
else
    read -r name path < <(buttons "$1" | awk -F '\t' -v label="$2" '$1 == label { print $3; exit }')
    ask "$name" "$path" Action DoAction i 0 >/dev/null
fi
