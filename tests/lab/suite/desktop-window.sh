#!/bin/bash
# The window on a real desktop, worked with mouse and keyboard; what it did is looked up on the bus. The service and
# libvirtd are real, the machines are QEMU's. Pictures: target/desktop/window-*.png
# timeout: 420
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../desktop/lib.sh
. "$(dirname "$0")/../desktop/lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
TOP=$(realpath "$LAB_DIR/../..")
PICTURES=${CARGO_TARGET_DIR:-$TOP/target}/desktop
WINDOW=/usr/bin/kvm-manager
RULE=$KVMLAB_ROOT/etc/polkit-1/rules.d/40-kvmlab.rules
CONFIG=/home/kvmlab-admin/.config/kvm-manager
MACHINES=(alpha beta gamma delta2)
cleanup() {
    rm -f "$RULE" "$KVMLAB_ROOT$WINDOW"
    drop "${MACHINES[@]}" renamed
    inside systemctl stop kvmlab-desktop || true # it may not have come up
    inside loginctl terminate-user kvmlab-admin || true
    rm -rf "$KVMLAB_ROOT$CONFIG" "$KVMLAB_ROOT/home/kvmlab-admin/.local/state/kvm-manager"
}
trap cleanup EXIT

need_window() {
    if [ -z "${KVMLAB_WINDOW:-}" ]; then
        (cd "$TOP" && cargo build --quiet --release --locked --bin kvm-manager) || die "the window could not be built"
        KVMLAB_WINDOW=${CARGO_TARGET_DIR:-$TOP/target}/release/kvm-manager
    fi
    install -m 755 "$KVMLAB_WINDOW" "$KVMLAB_ROOT$WINDOW"
}
picture() { mkdir -p "$PICTURES" && screenshot "$PICTURES/window-$1.png"; }
state() { wait_for 15 km wait "$1" 1 "State=$2" || { km get "$1" State; return 1; }; } # 1 runs, 2 paused, 4 off
key() { desk xdotool key --clearmodifiers "$@"; }
write() { desk xdotool type --clearmodifiers -- "$1"; }
allow() {
    cat >"$RULE" <<'R'
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.kvmmanager.manager1.") == 0 && subject.user == "kvmlab-admin") { return polkit.Result.YES; }
});
R
    chmod 644 "$RULE"
}
settings() { # settings LINES
    inside install -d -o kvmlab-admin -g kvmlab-admin "$CONFIG" && printf '%b' "$1" >"$KVMLAB_ROOT$CONFIG/settings.toml" &&
        inside chown kvmlab-admin: "$CONFIG/settings.toml"
}
start_window() {
    desk_in --unit=kvmlab-window --property=StandardError=file:/tmp/kvmlab-window.log -- $WINDOW --new && wait_for 20 windows 'KVM Manager' &&
        resize '1280 800'
}
resize() { # resize "WIDTH HEIGHT"
    # shellcheck disable=SC2086
    desk sh -c 'id=$(xdotool search --onlyvisible --name "KVM Manager" | head -n 1); xdotool windowmove $id 0 40 windowsize --sync $id '"$1"' windowactivate --sync $id'
}
stop_window() { desk_unit stop kvmlab-window; wait_for 10 no_windows 'KVM Manager'; }
painted() { # two pictures in a row are the same, but for the clock of the panel
    desk sh -c 'import -window root -crop 1280x760+0+40 png:- | md5sum; sleep 0.2; import -window root -crop 1280x760+0+40 png:- | md5sum' | sort -u | wc -l | grep -qx 1
}
# choose NAME : selects a machine, whatever was selected before: the search leaves it alone.
choose() { key ctrl+f && key ctrl+a && write "$1" && key Escape && key Home && letter "$1"; }
letter() { key "${1:0:1}"; }

prepare() {
    local name
    allow
    for name in "${MACHINES[@]}"; do bare "$name" || return 1; done
    vir start alpha
}
shows() { start_window && wait_for 10 painted && picture light; }
starts_with_a_key() { letter beta && key ctrl+Return && state beta 1; }
pauses_with_a_key() { letter beta && key ctrl+p && state beta 2 && key ctrl+p && state beta 1; }
saves_from_the_palette() { letter beta && key ctrl+k && wait_for 5 painted && write 'save beta' && wait_for 5 painted && picture palette && key Return && state beta 4 && is true km get beta HasSavedState; }
asks_before_force() { letter alpha && key ctrl+k && write 'force off alpha' && key Return && wait_for 5 painted && picture ask && is 1 km get alpha State && key Escape; }
forces_after_yes() { letter alpha && key ctrl+k && write 'force off alpha' && key Return && wait_for 5 painted && key ctrl+Return && state alpha 4; }
renames() { letter gamma && key F2 && wait_for 5 painted && key ctrl+a && write renamed && picture rename && key ctrl+Return && wait_for 10 known renamed && unknown gamma; }
tags() { letter delta2 && key ctrl+shift+t && wait_for 5 painted && write nightly && key Return && wait_for 5 painted && picture tags && key ctrl+Return && wait_for 10 prints nightly km get delta2 Tags; }
deletes_with_plan() {
    letter delta2 && key Delete && wait_for 10 painted && picture delete && key ctrl+Return && wait_for 15 unknown delta2
}
mouse_starts() { # the button of the toolbar, for the selected machine
    letter alpha && wait_for 5 painted && desk xdotool mousemove 100 64 click 1 && state alpha 1
}
menu_by_mouse() { letter alpha && desk xdotool mousemove 420 215 click 3 && wait_for 5 painted && picture menu && key Escape; }
searches() { key ctrl+f && write renam && wait_for 5 painted && picture search && key Escape; }
another_client_shows() { picture before && vir suspend alpha && state alpha 2 && wait_for 5 painted && picture after && ! cmp -s "$PICTURES/window-before.png" "$PICTURES/window-after.png" && vir resume alpha; }
keyboard_only() { key F6 && key F6 && key Tab && wait_for 5 painted && picture focus && key Alt+1; }
small() { resize '900 600' && wait_for 5 painted && picture 900x600; resize '1280 800'; }
service_stops() { inside systemctl stop kvm-manager && wait_for 5 painted && picture service-stopped && windows 'KVM Manager'; }
service_comes() { inside systemctl start kvm-manager && wait_for 15 answers && sees_again; }
# sees_again : it acts again, which it does once it is connected.
sees_again() { wait_for 20 pause_once && key ctrl+p && state alpha 1; }
pause_once() { letter alpha && key ctrl+p && km wait alpha 2 State=2; }
libvirtd_dies() { inside systemctl kill --signal=KILL libvirtd && wait_for 30 answers && sees_again && picture libvirtd-back; }
dark() { stop_window && settings '[appearance]\ntheme = "dark"\n' && start_window && wait_for 10 painted && picture dark; }
no_panic() { ! grep -E 'panicked| ERROR ' "$(in_root /tmp/kvmlab-window.log)"; }

"$LAB_DIR/desktop/up.sh" --name "$KVMLAB_NAME" || die "the desktop did not come up"
need_window
check window-machines-are-ready prepare
check window-shows-the-machines shows
check window-starts-a-machine-with-a-key starts_with_a_key
check window-pauses-and-resumes-with-a-key pauses_with_a_key
check window-saves-from-the-palette saves_from_the_palette
check window-asks-before-it-forces-off asks_before_force
check window-forces-off-after-a-yes forces_after_yes
check window-renames-in-a-dialog renames
check window-tags-a-machine tags
check window-deletes-with-a-plan deletes_with_plan
check window-starts-a-machine-with-the-mouse mouse_starts
check window-shows-a-context-menu menu_by_mouse
check window-searches searches
check window-follows-another-client another_client_shows
check window-walks-with-the-keyboard-alone keyboard_only
check window-fits-900x600 small
check window-stays-while-the-service-is-stopped service_stops
check window-goes-on-when-the-service-is-back service_comes
check window-goes-on-after-libvirtd-died libvirtd_dies
check window-is-dark-when-asked dark
check window-says-no-panic no_panic
finish
