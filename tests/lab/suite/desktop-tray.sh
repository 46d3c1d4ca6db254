#!/bin/bash
# The tray on a real desktop: a panel that draws its menu, a notification service that draws its buttons, an agent of
# polkit that asks for a password, and the service with machines of libvirt's underneath. Pictures: target/desktop/.
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
TRAY=/usr/bin/kvm-manager-tray
RULE=$KVMLAB_ROOT/etc/polkit-1/rules.d/40-kvmlab.rules
SETTINGS=/home/kvmlab-admin/.config/kvm-manager/settings.toml
MACHINES=(web_1 db spare broken)
cleanup() {
    rm -f "$RULE" "$KVMLAB_ROOT$TRAY"
    drop "${MACHINES[@]}"
    inside systemctl stop kvmlab-desktop || true # it may not have come up
    inside loginctl terminate-user kvmlab-admin || true
    rm -rf "$KVMLAB_ROOT/home/kvmlab-admin/.config/kvm-manager"
}
trap cleanup EXIT

need_tray() {
    if [ -z "${KVMLAB_TRAY:-}" ]; then
        (cd "$TOP" && cargo build --quiet --release --locked --bin kvm-manager-tray) || die "the tray could not be built"
        KVMLAB_TRAY=${CARGO_TARGET_DIR:-$TOP/target}/release/kvm-manager-tray
    fi
    install -m 755 "$KVMLAB_TRAY" "$KVMLAB_ROOT$TRAY"
}
start_tray() { desk_in --unit=kvmlab-tray --property=StandardError=file:/tmp/kvmlab-tray.log -- $TRAY; }
tray_runs() { is active desk_unit is-active kvmlab-tray; }
find_item() { ITEM=$(item_name) && [ -n "$ITEM" ]; }
picture() { mkdir -p "$PICTURES" && screenshot "$PICTURES/$1.png"; }
state() { wait_for 10 km wait "$1" 1 "State=$2" || { km get "$1" State; return 1; }; } # 1 runs, 2 paused, 4 off
allow() {
    cat >"$RULE" <<'R'
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.kvmmanager.manager1.") == 0 && subject.user == "kvmlab-admin") { return polkit.Result.YES; }
});
R
    chmod 644 "$RULE"
}
prepare() {
    local name
    for name in web_1 db; do bare $name && vir start $name || return 1; done
    bare spare && bare broken "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/none.img'/><target dev='hda'/></disk>"
}

without_panel() { # it waits for one, and asks nobody meanwhile
    desk_unit stop kvmlab-panel && wait_for 10 not owned org.kde.StatusNotifierWatcher &&
        start_tray && wait_for 15 find_item && tray_runs
}
panel_comes() { desk_start kvmlab-panel xfce4-panel --disable-wm-check && wait_for 20 registered; }
only_one() { desk $TRAY 2>/tmp/kvmlab-second; grep 'there already' /tmp/kvmlab-second && tray_runs; }
tells_counts() { wait_for 20 in_menu '^2 running$' && item Title | grep -x 'KVM Manager · 2 running'; }
lists() {
    menu_labels >"$KVMLAB_TMP/menu" && grep -x 'web__1' "$KVMLAB_TMP/menu" && grep -x 'db > Pause' "$KVMLAB_TMP/menu" &&
        grep -x 'db > Force off\.\.\.' "$KVMLAB_TMP/menu" && grep -x 'Start a machine > spare' "$KVMLAB_TMP/menu" &&
        grep -x 'Quit, machines keep running' "$KVMLAB_TMP/menu" || { cat "$KVMLAB_TMP/menu"; return 1; }
}
pauses() { click 'db > Pause' && state db 2 && wait_for 5 in_menu '^db · paused$' && click 'db > Resume' && state db 1; }
starts() { click 'Start a machine > spare' && state spare 1 && wait_for 5 in_menu '^3 running$' && in_menu '^spare'; }

# The icon is the only one: at the right end of the panel.
ICON=(1263 15)
menu_window() { desk xwininfo -root -tree | grep -iE '"?(wrapper|xfce4-panel)[^"]*"?.* (2[0-9]{2}|3[0-9]{2})x[0-9]{3}\+'; }
is_quiet() {
    desk busctl --user --json=short call "$ITEM" /MenuBar com.canonical.dbusmenu GetLayout iias 0 -- 1 0 |
        jq -e '[.. | objects | select(.label?.data == "Quiet for 1 hour") | ."toggle-state".data] == [1]'
}
open_menu() { desk xdotool mousemove "${ICON[@]}" click 3 && wait_for 10 menu_window || { desk xwininfo -root -tree; return 1; }; }
on_screen() { # opens with the mouse, is worked with the keys
    open_menu || return 1
    wait_for 10 in_menu 'CPU' # the figures come while it is shown
    picture menu
    desk xdotool key Up Up Up Return && wait_for 10 is_quiet && click 'Quiet for 1 hour' && wait_for 5 not is_quiet
}
submenu_on_screen() {
    open_menu && desk xdotool key Down Down Right && picture submenu && desk xdotool key Escape Escape
}

# press LABEL : presses the button of the only notification on the screen, until the service says that it was pressed: the
# window may still be on its way to its place.
press() {
    local before try
    before=$(presses)
    for try in 1 2 3 4 5; do
        click_button "$1" && wait_for 2 more_presses "$before" && return 0
        echo "try $try was in vain"
    done
    return 1
}
more_presses() { [ "$(presses)" -gt "$1" ]; }
# click_button LABEL : they stand at the right, all as wide as the widest.
click_button() {
    local window labels label places=0
    wait_for 10 windows xfce4-notifyd && window=$(windows xfce4-notifyd | head -n 1) || { echo "no notification"; return 1; }
    eval "$(desk xdotool getwindowgeometry --shell "$window" | grep -E '^(X|Y|WIDTH|HEIGHT)=')"
    IFS=, read -ra labels <<<"$(notes | tail -n 1 | cut -f3)"
    for label in "${labels[@]}"; do [ $places = 0 ] && [ "$label" != "$1" ] || places=$((places + 1)); done
    echo "$1 is button $places from the right of: ${labels[*]}"
    desk xdotool mousemove $((X + WIDTH - 14 - 48 - 103 * (places - 1))) $((Y + HEIGHT - 31)) click 1
}
only_new() { # no notification on the screen
    desk sh -c 'for i in $(seq 60); do busctl --user call org.freedesktop.Notifications /org/freedesktop/Notifications org.freedesktop.Notifications CloseNotification u $i; done' >/dev/null 2>&1
    wait_for 10 no_windows xfce4-notifyd
}
asks() { only_new && click 'web__1 > Force off...' && wait_for 10 noted '^Force web_1 off\?'; }
keeps_running() { asks && wait_for 5 windows xfce4-notifyd && picture force-off && press 'Keep running' && wait_for 10 no_windows xfce4-notifyd && state web_1 1; }
forces_off() { asks && press 'Force off' && state web_1 4; }

crash() { inside kill -KILL "$(qemu_pid "$1")"; }
crash_is_told() {
    only_new && crash db && wait_for 15 noted '^db stopped by itself.*Start again,Show log,Open$' && wait_for 5 in_menu '^db · crashed$' &&
        wait_for 5 is NeedsAttention item Status && picture crash
}
starts_again() { press 'Start again' && state db 1 && wait_for 5 is Active item Status; }
log_is_shown() { # no application: the last lines in a notification
    only_new && crash spare && wait_for 15 noted '^spare stopped by itself' && press 'Show log' &&
        wait_for 10 noted '^Log of spare' && picture log && noted '^Log of spare' | grep -E 'qemu|shutting down|char device'
}
failure_is_told() {
    local before
    before=$(note_count 'broken could not start')
    click 'Start a machine > broken' && wait_for 15 more_notes "$before" 'broken could not start' && noted 'broken could not start' && picture failure
}
more_notes() { [ "$(note_count "$2")" -gt "$1" ]; }
locked() { # shown, but cannot be clicked
    vir start web_1 2>/dev/null || true # it may run
    state web_1 1 && km call web_1 SetMetadata locked=true >/dev/null || return 1
    wait_for 5 locked_in_menu && km call web_1 SetMetadata locked=false >/dev/null && wait_for 5 not locked_in_menu
}
locked_in_menu() { disabled_in_menu 'web__1[^>]* > Force off'; }

service_restarts() {
    local signal
    for signal in TERM KILL; do
        inside systemctl kill -s $signal --kill-whom=main kvm-manager
        wait_for 30 km get manager Connected && vir suspend db && wait_for 15 in_menu '^db · paused$' && click 'db > Resume' && state db 1 || return 1
    done
    inside systemctl restart kvm-manager && wait_for 20 in_menu '^[0-9]+ running' && ! noted 'is not reachable'
}
LIBVIRT=(libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket)
libvirt_goes() { # what is known is shown, nothing can be clicked, and nobody is told at once
    inside systemctl stop "${LIBVIRT[@]}" libvirtd && wait_for 20 in_menu '[Ll]ibvirt' && wait_for 5 disabled_in_menu 'db[^>]* > Pause' && ! noted 'cannot be controlled'
}
disabled_in_menu() { menu | grep -P "disabled\t$1"; }
libvirt_stays_away() { wait_for 30 noted 'cannot be controlled'; }
libvirt_comes() { inside systemctl start "${LIBVIRT[@]}" && wait_for 30 in_menu '^[0-9]+ running' && click 'db > Pause' && state db 2 && click 'db > Resume' && state db 1; }
libvirt_is_killed() { inside systemctl kill -s KILL --kill-whom=main libvirtd && inside systemctl start libvirtd && wait_for 30 in_menu '^[0-9]+ running' && click 'db > Pause' && state db 2 && click 'db > Resume' && state db 1; }
panel_restarts() { desk_unit stop kvmlab-panel && wait_for 10 not owned org.kde.StatusNotifierWatcher && panel_comes && picture panel; }

# For a machine whose pause was not asked for a moment ago: the service remembers for a few seconds what polkit granted.
prompt() { windows '^Authenti'; }
prompt_refused() { # that is an answer and no failure: nobody is told what they did themselves
    rm -f "$RULE"
    wait_for 10 rule_is_gone || return 1
    local before
    before=$(notes | wc -l)
    click 'web__1 > Pause' && wait_for 15 prompt && picture prompt && desk xdotool windowactivate --sync "$(prompt | tail -n 1)" key Escape &&
        wait_for 10 not prompt && state web_1 1 && wait_for 5 answers_in_menu && as_many_notes "$before"
}
as_many_notes() { is "$1" wc -l < <(notes); }
rule_is_gone() { prints InteractiveAuthorizationRequired as kvmlab-admin -- timeout 20 "$KM" --silent call db GetLog; }
answers_in_menu() { in_menu '^db'; }
prompt_open() { # meanwhile the menu follows what happens, and other clicks are taken
    click 'web__1 > Pause' && wait_for 15 prompt && vir start spare && wait_for 10 in_menu '^spare( |$)' && click 'Quiet for 1 hour' && wait_for 5 is_quiet &&
        click 'Quiet for 1 hour' && state web_1 1
}
prompt_answered() {
    desk xdotool windowactivate --sync "$(prompt | tail -n 1)" && desk xdotool type kvmlab-admin && desk xdotool key Return && wait_for 10 not prompt && state web_1 2 &&
        allow && wait_for 10 not rule_is_gone && click 'web__1 > Resume' && state web_1 1
}

set_settings() { # set_settings TEXT
    install -d "$KVMLAB_ROOT$(dirname $SETTINGS)"
    printf '%s\n' "$1" >"$KVMLAB_ROOT$SETTINGS.new"
    inside chown -R kvmlab-admin: "$(dirname $SETTINGS)"
    mv "$KVMLAB_ROOT$SETTINGS.new" "$KVMLAB_ROOT$SETTINGS"
}
speaks_german() { set_settings $'[appearance]\nlanguage = "de"\n[notify]\ncrashed = "off"' && wait_for 10 in_menu '^KVM Manager öffnen$' && only_new && open_menu && picture german && desk xdotool key Escape; }
switched_off() { # seen in the menu, not told
    local before
    before=$(notes | wc -l)
    vir start spare 2>/dev/null || true # it may run
    state spare 1 && crash spare && wait_for 15 in_menu '^spare · abgestürzt$' && as_many_notes "$before"
}
autostart() { set_settings $'[tray]\nautostart = false' && desk $TRAY --autostart && is "" desk $TRAY --autostart; }
bus_goes() { # a session bus of its own, which dies
    desk sh -c 'dbus-daemon --session --nofork --print-address >/tmp/kvmlab-bus 2>/dev/null & bus=$!
        until [ -s /tmp/kvmlab-bus ]; do sleep 0.1; done
        DBUS_SESSION_BUS_ADDRESS=$(cat /tmp/kvmlab-bus) "$1" & tray=$!
        until DBUS_SESSION_BUS_ADDRESS=$(cat /tmp/kvmlab-bus) busctl --user --list | grep -q StatusNotifierItem; do sleep 0.1; done
        kill -KILL $bus; wait $tray' - $TRAY
}
quits() { click 'Beenden, Maschinen laufen weiter' || click 'Quit, machines keep running'; wait_for 10 not tray_runs && is running vir domstate db; }

need_tray
"$LAB_DIR/desktop/up.sh" --name "$KVMLAB_NAME" --agent mate
watch_notifications /tmp/kvmlab-notifications
allow
check "two machines run, two are off" prepare
check "it starts without a panel" without_panel
find_item || ITEM=
check "a panel comes: it is shown" panel_comes
check "there is only one in a session" only_one
check "title and menu tell what runs" tells_counts
check "the menu lists machines by state, names as they are" lists
check "pause and resume, clicked over the bus" pauses
check "start, clicked over the bus" starts
check "the menu on the screen, with mouse and keys" on_screen
check "a machine's menu on the screen" submenu_on_screen
check "force off asks, and nothing happens without the button" keeps_running
check "force off, by the button of the notification" forces_off
check "a machine whose QEMU is killed is told, and the icon says so" crash_is_told
check "start again, by the button of the notification" starts_again
check "show log, without the application: its last lines" log_is_shown
check "what fails is told with why and what to do" failure_is_told
check "a locked machine cannot be forced off" locked
check "the service is restarted and killed: the menu is right again, nobody is told" service_restarts
check "libvirtd goes: shown, not told at once" libvirt_goes
check "libvirtd stays away: told" libvirt_stays_away
check "libvirtd comes back" libvirt_comes
check "libvirtd is killed" libvirt_is_killed
check "the panel is restarted: it is shown again" panel_restarts
check "a prompt that is refused is no failure" prompt_refused
check "a prompt that is left open holds nothing up" prompt_open
check "a prompt that is answered: it is done" prompt_answered
check "the language is changed while it runs" speaks_german
check "a kind that is switched off is not told" switched_off
check "--autostart ends silently if it is switched off" autostart
check "it ends with the session bus" bus_goes
check "quit: the machines keep running" quits
finish
