#!/bin/bash
# `make screenshots`: the pictures of the README and of docs/, taken of the window itself on its demo machines, so
# that they stay true. Needs no desktop: it has an X server of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-dependencies.sh screenshots
cargo build --release --locked --bin kvm-manager
WINDOW=${CARGO_TARGET_DIR:-target}/release/kvm-manager
mkdir -p docs/pictures
DIR=$(mktemp -d)
STARTED=()
cleanup() {
    local i
    for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do kill "${STARTED[i]}" 2>/dev/null || true; done
    wait
    rm -rf "$DIR"
}
trap cleanup EXIT

until_true() { # until_true SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "screenshots: waited in vain: $*" >&2; exit 1; }
        sleep 0.1
    done
}

Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$DIR/display" >/dev/null 2>&1 &
STARTED+=($!)
until_true 20 test -s "$DIR/display"
DISPLAY=:$(cat "$DIR/display")
export DISPLAY HOME=$DIR XDG_CONFIG_HOME=$DIR/config XDG_STATE_HOME=$DIR/state LANGUAGE=en
unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
openbox >/dev/null 2>&1 &
STARTED+=($!)

# stable : two pictures in a row are the same.
stable() {
    import -window root "$DIR/one.png"
    sleep 0.3
    import -window root "$DIR/two.png"
    cmp -s "$DIR/one.png" "$DIR/two.png"
}

# picture NAME THEME [KEYS]... : the window with its theme, after these keys.
picture() {
    local name=$1 theme=$2 key
    shift 2
    mkdir -p "$XDG_CONFIG_HOME/kvm-manager"
    printf '[appearance]\ntheme = "%s"\n' "$theme" >"$XDG_CONFIG_HOME/kvm-manager/settings.toml"
    "$WINDOW" --demo=frozen &
    local pid=$!
    STARTED+=("$pid")
    until_true 30 xdotool search --onlyvisible --name 'KVM Manager'
    xdotool search --onlyvisible --name 'KVM Manager' windowsize --sync 1440 900 windowmove 0 0 windowactivate >/dev/null 2>&1 || true
    until_true 30 stable
    for key; do
        xdotool key --clearmodifiers "$key"
        until_true 30 stable
    done
    import -window root -strip "docs/pictures/$name.png"
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    echo "docs/pictures/$name.png"
}

picture main light
picture main-dark dark
picture palette dark ctrl+k k 3 s
picture machine light Return
picture devices dark alt+4
picture machine-devices light w Return ctrl+3
picture hugepages light alt+5
