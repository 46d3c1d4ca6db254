# shellcheck shell=bash
# What the scripts of the desktop and the suites on it share. Source it, don't run it; KVMLAB_NAME says which host.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# desk_in [OPTION OF systemd-run]... -- COMMAND... : on the desktop, as its user, below the user's own systemd, as desktops
# start programs.
desk_in() {
    local user uid options=()
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    read -r user uid <"$LAB_STATE/$KVMLAB_NAME/desktop" || die "no desktop in host '$KVMLAB_NAME'"
    lab_in "$KVMLAB_NAME" setpriv --reuid="$user" --regid="$user" --init-groups env HOME="/home/$user" USER="$user" \
        XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" \
        systemd-run --user --quiet --collect --setenv=DISPLAY=:77 --setenv=XDG_CURRENT_DESKTOP=XFCE \
        --setenv=LIBGL_ALWAYS_SOFTWARE=1 --working-directory="/home/$user" "${options[@]}" -- "${@//\$/\$\$}"
}
desk() { desk_in --pipe --wait -- timeout "${DESK_LIMIT:-60}" "$@"; }
desk_start() { desk_in --unit="$1" -- "${@:2}"; } # desk_start UNIT COMMAND...
desk_unit() { desk systemctl --user "$@"; }
owned() { desk busctl --user status "$1"; } # owned NAME
screenshot() { desk import -window root -silent png:- >"$1"; } # screenshot FILE
PICTURES=${CARGO_TARGET_DIR:-$LAB_DIR/../../target}/desktop
picture() { mkdir -p "$PICTURES" && screenshot "$PICTURES/$1.png"; }

# allow [MACHINE]... : what the person at this desktop may do without a password: with these machines; without a name, with
# all. They may look at all of them: the window shows pictures of the screens.
RULE=${KVMLAB_ROOT:-}/etc/polkit-1/rules.d/40-kvmlab.rules
allow() {
    local names
    names=$(printf '"%s",' "$@")
    cat >"$RULE.new" <<R
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.kvmmanager.manager1.") != 0 || subject.user != "kvmlab-admin") { return; }
    if ($# == 0 || action.id == "org.kvmmanager.manager1.read-sensitive" || [$names].indexOf(action.lookup("machine.name")) >= 0) { return polkit.Result.YES; }
});
R
    chmod 644 "$RULE.new"
    mv "$RULE.new" "$RULE"
}
# asked_for METHOD MACHINE : polkit has read the rules, and would ask for a password.
asked_for() { prints InteractiveAuthorizationRequired as kvmlab-admin -- timeout 20 "$KM" --silent call "$2" "$1"; }
prompt() { windows '^Authenti'; }
in_prompt() { desk xdotool windowactivate --sync "$(prompt | tail -n 1)" "$@"; } # in_prompt WORDS OF xdotool

# end_session USER : ends what is left of a desktop and waits until it is gone. The user's systemd gives each program 90 s
# to end by itself; what still runs after 10 s is killed, by the group of processes it is in.
end_session() {
    local uid
    uid=$(lab_in "$KVMLAB_NAME" id -u "$1")
    lab_in "$KVMLAB_NAME" systemctl stop --no-block kvmlab-desktop 2>/dev/null || true # there may be none
    lab_in "$KVMLAB_NAME" loginctl terminate-user "$1" 2>/dev/null || true             # nor a session
    wait_for 10 has_left "$1" && return 0
    lab_in "$KVMLAB_NAME" systemctl kill --signal=KILL kvmlab-desktop "user-$uid.slice" 2>/dev/null || true # it may be over now
    wait_for 30 has_left "$1" || die "the session of $1 does not end: $(lab_in "$KVMLAB_NAME" ps -o pid=,comm= -u "$1" || true)"
}
has_left() { ! lab_in "$KVMLAB_NAME" loginctl show-user "$1" && ! lab_in "$KVMLAB_NAME" pgrep -u "$1"; }

# ----- the item in the panel and its menu -----
item_name() { desk busctl --user --list --no-legend | awk '$1 ~ /^org\.kde\.StatusNotifierItem-/ { print $1; exit }'; }
item() { desk busctl --user --json=short get-property "$ITEM" /StatusNotifierItem org.kde.StatusNotifierItem "$1" | jq -r .data; }
# What the panel knows: the items that are registered with it.
registered() {
    desk busctl --user --json=short get-property org.kde.StatusNotifierWatcher /StatusNotifierWatcher \
        org.kde.StatusNotifierWatcher RegisteredStatusNotifierItems | jq -e --arg item "$ITEM" '[.data[] | select(startswith($item))] | length > 0'
}
# menu : one line per entry: number, a tab, "enabled" or "disabled", a tab, the labels on the way joined by " > ".
menu() {
    desk busctl --user --json=short call "$ITEM" /MenuBar com.canonical.dbusmenu GetLayout iias 0 -- -1 0 | jq -r '
        def walk_menu(path): .[1] as $p | (if $p.label then [$p.label.data] else [] end) as $own |
            (if .[0] != 0 and $p.label then "\(.[0])\t\(if $p.enabled.data == false then "disabled" else "enabled" end)\t\(path + $own | join(" > ") | gsub("\u2007"; ""))" else empty end),
            (.[2][].data | walk_menu(path + $own));
        .data[1] | walk_menu([])'
}
menu_labels() { menu | cut -f3; }
# click LABEL : the entry with these labels on the way, as a panel does it; fails if it cannot be clicked. What stands behind
# a name (" · paused", " · 12 %") does not count. The menu may follow a moment after what happened, so it is waited for.
entry() { menu | awk -F '\t' -v label="$1" '{ way = $3 " > "; gsub(/ · [^>]* > /, " > ", way) } way == label " > " { print; exit }'; }
can_click() { [[ $(entry "$1") == *$'\t'enabled$'\t'* ]]; }
click() {
    local line try
    for try in 1 2 3; do
        wait_for 20 can_click "$1" || { echo "cannot click '$1' in:"; menu; return 1; }
        line=$(entry "$1")
        desk busctl --user call "$ITEM" /MenuBar com.canonical.dbusmenu Event isvu "${line%%$'\t'*}" clicked s "" 0 && return 0
        echo "try $try: the menu changed at that moment, so that its lines are new ones"
    done
    return 1
}
in_menu() { menu_labels | grep -E -- "$1"; }

# ----- notifications, as the bus saw them -----
watch_notifications() { # watch_notifications FILE (in the host): each call and signal as a line of JSON
    NOTIFICATIONS=$1
    desk_in --unit=kvmlab-monitor --property="StandardOutput=file:$1" --property=StandardError=null -- busctl --user monitor --json=short \
        --match "type='method_call',interface='org.freedesktop.Notifications',member='Notify'" \
        --match "type='signal',interface='org.freedesktop.Notifications'"
    wait_for 10 test -e "$KVMLAB_ROOT$1"
}
# notes : title, a tab, body with "|" between lines, a tab, the labels of the buttons; one line for each notification.
notes() {
    jq -r 'select(.member == "Notify") | .payload.data | [.[3], (.[4] | gsub("\n"; "|")), (.[5] | [range(0; length; 2) as $i | select(.[$i] != "default") | .[$i + 1]] | join(","))] | @tsv' \
        "$KVMLAB_ROOT$NOTIFICATIONS" 2>/dev/null
}
note_count() { notes | grep -cE -- "$1"; }
noted() { notes | grep -E -- "$1"; } # noted PATTERN
presses() { jq -r 'select(.member == "ActionInvoked") | .payload.data[1]' "$KVMLAB_ROOT$NOTIFICATIONS" | wc -l; } # how many buttons

# buttons : label, place on the screen and place on the bus of each button of a notification.
buttons() { desk /usr/local/lib/kvmlab/buttons xfce4-notifyd; }
# push LABEL : presses a button of a notification over the bus, as a screen reader does.
push() { pressed "$1" desk /usr/local/lib/kvmlab/buttons xfce4-notifyd "$1"; }
# press LABEL : with the mouse.
press() { pressed "$1" click_button "$1"; }
click_button() {
    local place
    place=$(buttons | awk -F '\t' -v label="$1" '$1 == label { print $2; exit }')
    # A button that comes up below a pointer at rest takes no click before the pointer has come to it.
    # shellcheck disable=SC2086 # two numbers
    [ -n "$place" ] && desk xdotool mousemove 640 400 mousemove --sync $place click 1
}
# pressed LABEL COMMAND... : until the bus says that it was pressed: a window may still be on its way to its place.
pressed() {
    local before try
    before=$(presses)
    wait_for 20 has_button "$1" || { echo "no button '$1' in:"; buttons; return 1; }
    for try in 1 2 3 4 5; do
        "${@:2}" && wait_for 5 more_presses "$before" && return 0
        echo "try $try was in vain"
    done
    return 1
}
has_button() { buttons | cut -f1 | grep -Fx -- "$1"; }
more_presses() { [ "$(presses)" -gt "$1" ]; }

# ----- windows -----
windows() { desk xdotool search --onlyvisible --name "$1"; }
no_windows() { ! windows "$1"; }
