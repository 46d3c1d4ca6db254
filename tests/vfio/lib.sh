#!/bin/bash
# What the stories on the machine of run.sh share. Sourced; BINARY is the service.
# shellcheck disable=SC2034  # those who source it use them
NAME=org.kvmmanager.Manager1
DEVICES=/org/kvmmanager/Manager1/host/devices
SYS=/sys/bus/pci/devices
STATE=/run/state
passed=0 failed=0

check() { # check TEXT COMMAND...
    local text=$1 began=$EPOCHREALTIME
    shift
    if "$@" >/run/said 2>&1; then
        printf 'ok %s %.1f\n' "$text" "$(bc <<<"$EPOCHREALTIME-$began")"
        passed=$((passed + 1))
    else
        printf 'FAIL %s\n' "$text"
        sed 's/^/    /' /run/said
        failed=$((failed + 1))
    fi
}
until_true() { # until_true SECONDS COMMAND... : at most so long
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        read -rt 0.2 <> <(:) || true
    done
}
start() {
    "$BINARY" --state-dir "$STATE" >>/run/out/service.log 2>&1 &
    service=$!
    until_true 120 busctl --system status "$NAME"
}
object() { local text=${1//:/_}; echo "$DEVICES/${text//./_}"; }
call() { # call ADDRESS METHOD OPTIONS...
    local address=$1 method=$2
    shift 2
    busctl --system --timeout=60 call "$NAME" "$(object "$address")" "$NAME.Passthrough" "$method" 'a{sv}' "${@:-0}"
}
property() { busctl --system get-property "$NAME" "$(object "$1")" "$NAME.HostDevice" "$2"; }
driver() { basename "$(readlink "$SYS/$1/driver" 2>/dev/null || echo none)"; }
is() { [ "$(driver "$1")" = "$2" ]; }
shows() { [ "$(property "$1" Driver)" = "s \"$2\"" ]; }
has_no_override() { [ "$(cat "$SYS/$1/driver_override")" = "(null)" ]; }
refuses() { # refuses WORD COMMAND... : fails, and says why
    local word=$1 said
    shift
    said=$("$@" 2>&1) && return 1
    echo "$said"
    [[ $said == *"$word"* ]]
}
CARD=0000:01:00.0 ONE=0000:02:00.0 OTHER=0000:02:00.1 OLD=0000:04:01.0 DISK=0000:05:00.0 PORT=0000:06:00.0
