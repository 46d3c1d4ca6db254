#!/bin/bash
# The tray on a real desktop: a panel that draws its menu, a notification service that draws its buttons, an agent of
# polkit that asks for a password, and the service with machines of libvirt's underneath. Pictures: target/desktop/.
# timeout: 540
# shellcheck disable=SC2016,SC2015,SC2119 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../desktop/lib.sh
. "$(dirname "$0")/../desktop/lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
TRAY=/usr/bin/kvm-manager-tray
CONFIG=/home/kvmlab-admin/.config/kvm-manager
MACHINES=(web_1 db spare broken full faulty keeper cramped)
APPLICATION=(/usr/bin/kvm-manager /usr/share/dbus-1/services/org.kvmmanager.Manager.service)
POOL=/var/lib/libvirt/images/tiny
SAVES=/var/lib/libvirt/qemu/save
cleanup() {
    rm -f "$RULE"
    drop "${MACHINES[@]}"
    inside systemctl stop kvmlab-nbd 2>/dev/null || true # it may not have been started
    inside systemctl unmask --runtime --quiet kvm-manager || true # or masked
    inside umount $POOL $SAVES 2>/dev/null || true       # or mounted
    end_session kvmlab-admin
    application_comes
    rm -rf "$KVMLAB_ROOT$CONFIG"
    rm -f "$KVMLAB_ROOT"/var/lib/libvirt/images/{full,faulty}*.img
}
# What the buttons do without the application is part of what is promised; others install it.
application_goes() {
    local file
    for file in "${APPLICATION[@]}"; do [ ! -e "$KVMLAB_ROOT$file" ] || mv "$KVMLAB_ROOT$file" "$KVMLAB_ROOT$file.away"; done
}
application_comes() {
    local file
    for file in "${APPLICATION[@]}"; do [ ! -e "$KVMLAB_ROOT$file.away" ] || mv "$KVMLAB_ROOT$file.away" "$KVMLAB_ROOT$file"; done
}
trap cleanup EXIT

need_tray() {
    [ -z "${KVMLAB_TRAY:-}" ] || install -m 755 "$KVMLAB_TRAY" "$KVMLAB_ROOT$TRAY"
    [ -x "$KVMLAB_ROOT$TRAY" ] || die "the tray is not installed: build it first (make build)"
}
start_tray() { desk_in --unit=kvmlab-tray --property=StandardError=file:/tmp/kvmlab-tray.log -- $TRAY; }
tray_runs() { is active desk_unit is-active kvmlab-tray; }
find_item() { ITEM=$(item_name) && [ -n "$ITEM" ]; }
state() { wait_for 30 km wait "$1" 1 "State=$2" || { km get "$1" State; return 1; }; } # 1 runs, 2 paused, 4 off
prepare() {
    local name
    for name in web_1 db; do bare $name && vir start $name || return 1; done
    bare spare && bare broken "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/none.img'/><target dev='hda'/></disk>"
}

without_panel() { # it waits for one, and asks nobody meanwhile
    desk_unit stop kvmlab-panel && wait_for 30 not owned org.kde.StatusNotifierWatcher &&
        start_tray && wait_for 30 find_item && tray_runs
}
panel_comes() { desk_start kvmlab-panel xfce4-panel --disable-wm-check && wait_for 30 registered; }
only_one() { desk $TRAY 2>/tmp/kvmlab-second; grep 'there already' /tmp/kvmlab-second && tray_runs; }
tells_counts() { wait_for 30 in_menu '^2 running$' && item Title | grep -x 'KVM Manager · 2 running'; }
lists() {
    menu_labels >"$KVMLAB_TMP/menu" && grep -x 'web__1' "$KVMLAB_TMP/menu" && grep -x 'db > Pause' "$KVMLAB_TMP/menu" &&
        grep -x 'db > Force off\.\.\.' "$KVMLAB_TMP/menu" && grep -x 'Start a machine > spare' "$KVMLAB_TMP/menu" &&
        grep -x 'Quit, machines keep running' "$KVMLAB_TMP/menu" || { cat "$KVMLAB_TMP/menu"; return 1; }
}
pauses() { click 'db > Pause' && state db 2 && wait_for 30 in_menu '^db · paused$' && click 'db > Resume' && state db 1; }
starts() { click 'Start a machine > spare' && state spare 1 && wait_for 30 in_menu '^3 running$' && in_menu '^spare'; }

# The icon is the only one: at the right end of the panel.
ICON=(1263 15)
menu_window() { desk xwininfo -root -tree | grep -iE '"?(wrapper|xfce4-panel)[^"]*"?.* (2[0-9]{2}|3[0-9]{2})x[0-9]{3}\+'; }
is_quiet() {
    desk busctl --user --json=short call "$ITEM" /MenuBar com.canonical.dbusmenu GetLayout iias 0 -- 1 0 |
        jq -e '[.. | objects | select(.label?.data == "Quiet for 1 hour") | ."toggle-state".data] == [1]'
}
open_menu() { desk xdotool mousemove "${ICON[@]}" click 3 && wait_for 30 menu_window || { desk xwininfo -root -tree; return 1; }; }
on_screen() { # opens with the mouse, is worked with the keys
    open_menu || return 1
    wait_for 30 in_menu 'CPU' # the figures come while it is shown
    picture menu
    desk xdotool key Up Up Up Return && wait_for 30 is_quiet && click 'Quiet for 1 hour' && wait_for 30 not is_quiet
}
submenu_on_screen() {
    open_menu && desk xdotool key Down Down Right && picture submenu && desk xdotool key Escape Escape
}

only_new() { # no notification on the screen
    desk sh -c 'for i in $(seq "$1"); do busctl --user call org.freedesktop.Notifications /org/freedesktop/Notifications org.freedesktop.Notifications CloseNotification u $i; done' - "$(notes | wc -l)" >/dev/null 2>&1
    wait_for 30 no_windows xfce4-notifyd
}
asks() { only_new && click 'web__1 > Force off...' && wait_for 30 noted '^Force web_1 off\?'; }
keeps_running() { asks && wait_for 30 windows xfce4-notifyd && picture force-off && press 'Keep running' && wait_for 30 no_windows xfce4-notifyd && state web_1 1; }
forces_off() { asks && push 'Force off' && state web_1 4; }

crash() { inside kill -KILL "$(qemu_pid "$1")"; }
crash_is_told() {
    only_new && crash db && wait_for 30 noted '^db stopped by itself.*Start again,Show log,Open$' && wait_for 30 in_menu '^db · crashed$' &&
        wait_for 30 is NeedsAttention item Status && picture crash
}
starts_again() { press 'Start again' && state db 1 && wait_for 30 is Active item Status; }
log_is_shown() { # no application: the last lines in a notification
    only_new && crash spare && wait_for 30 noted '^spare stopped by itself' && press 'Show log' &&
        wait_for 30 noted '^Log of spare' && picture log && noted '^Log of spare' | grep -E 'qemu|shutting down|char device'
}
failure_is_told() {
    local before
    before=$(note_count 'broken could not start')
    click 'Start a machine > broken' && wait_for 30 more_notes "$before" 'broken could not start' && noted 'broken could not start' && picture failure
}
more_notes() { [ "$(note_count "$2")" -gt "$1" ]; }
locked() { # shown, but cannot be clicked
    vir start web_1 2>/dev/null || true # it may run
    state web_1 1 && km call web_1 SetMetadata locked=true >/dev/null || return 1
    wait_for 30 locked_in_menu && km call web_1 SetMetadata locked=false >/dev/null && wait_for 30 not locked_in_menu
}
locked_in_menu() { disabled_in_menu 'web__1[^>]* > Force off'; }

service_restarts() {
    local signal
    for signal in TERM KILL; do
        inside systemctl kill -s $signal --kill-whom=main kvm-manager
        wait_for 30 km get manager Connected && vir suspend db && wait_for 30 in_menu '^db · paused$' && click 'db > Resume' && state db 1 || return 1
    done
    inside systemctl restart kvm-manager && wait_for 30 in_menu '^[0-9]+ running' && ! noted 'is not reachable'
}
LIBVIRT=(libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket)
libvirt_goes() { # what is known is shown, nothing can be clicked
    inside systemctl stop "${LIBVIRT[@]}" libvirtd && wait_for 30 in_menu '[Ll]ibvirt' && wait_for 30 disabled_in_menu 'db[^>]* > Pause'
}
disabled_in_menu() { menu | grep -P "disabled\t$1"; }
libvirt_stays_away() { not_at_once 'cannot be controlled'; }
# not_at_once PATTERN : told, and not before it had been so for a while; 12 of the 15 s allow for what was under way.
not_at_once() {
    wait_for 60 noted "$1" && [ $((EPOCHSECONDS - LOST)) -ge 12 ] || { echo "after $((EPOCHSECONDS - LOST)) s"; notes | tail -n 2; return 1; }
}
libvirt_comes() { inside systemctl start "${LIBVIRT[@]}" && wait_for 30 in_menu '^[0-9]+ running' && click 'db > Pause' && state db 2 && click 'db > Resume' && state db 1; }
libvirt_is_killed() { # until the service has said that it was gone and is back, what was there before would be clicked
    km during manager 20000 Connected=false Connected=true -- \
        sh -c 'systemctl kill -s KILL --kill-whom=main libvirtd; systemctl reset-failed libvirtd; systemctl start libvirtd' &&
        wait_for 30 in_menu '^[0-9]+ running' && click 'db > Pause' && state db 2 && click 'db > Resume' && state db 1
}
panel_restarts() { desk_unit stop kvmlab-panel && wait_for 30 not owned org.kde.StatusNotifierWatcher && panel_comes && picture panel; }

# For a machine whose pause was not asked for a moment ago: the service remembers for a few seconds what polkit granted.
prompt_refused() { # that is an answer and no failure: nobody is told what they did themselves
    rm -f "$RULE"
    wait_for 30 asked_for GetLog db || return 1
    local before
    before=$(notes | wc -l)
    click 'web__1 > Pause' && wait_for 30 prompt && picture prompt && in_prompt key Escape &&
        wait_for 30 not prompt && state web_1 1 && wait_for 30 answers_in_menu && as_many_notes "$before"
}
as_many_notes() { is "$1" wc -l < <(notes); }
answers_in_menu() { in_menu '^db'; }
prompt_open() { # meanwhile the menu follows what happens, and other clicks are taken
    click 'web__1 > Pause' && wait_for 30 prompt && vir start spare && wait_for 30 in_menu '^spare( |$)' && click 'Quiet for 1 hour' && wait_for 30 is_quiet &&
        click 'Quiet for 1 hour' && state web_1 1
}
prompt_answered() {
    in_prompt && desk xdotool type kvmlab-admin && desk xdotool key Return && wait_for 30 not prompt && state web_1 2 &&
        allow && wait_for 30 not asked_for GetLog db && click 'web__1 > Resume' && state web_1 1
}

# ----- what happens to machines that do something -----
# writer NAME DISK : defines a machine without a system. Its boot sector writes 4 MiB to its second disk and then rests.
# That one is a virtio disk: on IDE the firmware does not always see a write that is made good after a resume. It looks for
# those only among what it may boot from.
writer() {
    local boot=/var/lib/libvirt/images/$1-boot.img
    {
        printf '\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c' # xor ax,ax; mov ds,ax; mov ss,ax; mov sp,0x7c00
        printf '\xbe\x30\x7c\xb8\x00\x43\xb2\x81\xcd\x13' # again: mov si,block; mov ax,0x4300; mov dl,0x81; int 0x13
        printf '\x83\x06\x38\x7c\x40'                     # add word [block+8],64
        printf '\x81\x3e\x38\x7c\x00\x20\x72\xe9'         # cmp word [block+8],8192; jb again
        printf '\xf4\xeb\xfd%013d' 0                       # rest: hlt; jmp rest
        printf '\x10\x00\x40\x00\x00\x7c\x00\x00'         # block: 64 sectors from 0:0x7c00
        head -c 454 /dev/zero
        printf '\x55\xaa'
    } >"$(in_root "$boot")"
    inside truncate -s 1M "$boot" && bare "$1" "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$boot'/><target dev='hda' bus='ide'/><boot order='1'/></disk>$2"
}
disk_is_full() { # the machine writes until nothing more fits
    only_new && inside mkdir -p $POOL && inside mount -t tmpfs -o size=2M,mode=755 tiny $POOL && inside truncate -s 16M $POOL/full.img &&
        writer full "<disk type='file' device='disk'><driver name='qemu' type='raw' error_policy='enospace'/><source file='$POOL/full.img'/><target dev='vda' bus='virtio'/><boot order='2'/></disk>" &&
        vir start full && state full 2 && wait_for 30 noted '^full stands still.The disk of the host is full.*Resume,Open$' && picture disk-full
}
room_and_resume() { inside mount -o remount,size=16M $POOL && press 'Resume' && wait_for 60 wrote_all && state full 1; }
wrote_all() { [ "$(inside stat -c '%b' $POOL/full.img)" -ge 8192 ]; } # blocks of 512 bytes
disk_fails() { # its disk is on a server that dies
    only_new && inside truncate -s 16M /var/lib/libvirt/images/faulty.img &&
        inside systemd-run --quiet --collect --unit=kvmlab-nbd --property=UMask=0 qemu-nbd --persistent --format=raw --shared=4 --socket=/run/kvmlab/nbd /var/lib/libvirt/images/faulty.img &&
        wait_for 30 inside test -S /run/kvmlab/nbd &&
        writer faulty "<disk type='network' device='disk'><driver name='qemu' type='raw' error_policy='stop'/><source protocol='nbd'><host transport='unix' socket='/run/kvmlab/nbd'/></source><target dev='vda' bus='virtio'/><boot order='2'/></disk>" &&
        vir start faulty --paused && inside systemctl kill --signal=KILL kvmlab-nbd && vir resume faulty &&
        wait_for 60 noted '^faulty stands still.Its disk could not be read or written.*Resume,Open$' && state faulty 2 && picture disk-fails
}
saved() { # by somebody else; without the application its button says how to get one
    only_new && bare keeper && vir start keeper && km call keeper Save && is true km get keeper HasSavedState && wait_for 30 noted '^keeper is saved.*Open$' &&
        push 'Open' && wait_for 60 noted '^KVM Manager could not be opened'
}
save_fails() {
    only_new && bare cramped && vir start cramped && inside mount -t tmpfs -o size=16k,mode=755 tiny $SAVES && ! km call cramped Save && inside umount $SAVES &&
        wait_for 30 noted '^cramped could not be saved.*Open$' && state cramped 1 && is false km get cramped HasSavedState && picture save-failed
}
service_goes() { only_new && inside systemctl mask --runtime --quiet kvm-manager && inside systemctl stop kvm-manager && wait_for 30 disabled_in_menu 'db[^>]* > Pause'; }
service_stays_away() { not_at_once 'is not reachable' && wait_for 30 has_button Open && picture host-lost; }
service_comes() { # what was told is taken back
    inside systemctl unmask --runtime --quiet kvm-manager && answers && wait_for 60 in_menu '^[0-9]+ running' && wait_for 30 no_windows xfce4-notifyd && click 'db > Pause' && state db 2 &&
        click 'db > Resume' && state db 1
}
log_in_application() {
    only_new && application_comes && desk busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig && crash full &&
        wait_for 30 noted '^full stopped by itself' && press 'Show log' && wait_for 60 windows 'KVM Manager' && owned org.kvmmanager.Manager && picture log-in-application
}

put() { # put FILE TEXT : below its settings, in one piece
    install -d "$KVMLAB_ROOT$CONFIG"
    printf '%s\n' "$2" >"$KVMLAB_ROOT$CONFIG/.new"
    inside chown -R kvmlab-admin: $CONFIG
    mv "$KVMLAB_ROOT$CONFIG/.new" "$KVMLAB_ROOT$CONFIG/$1"
}
host_is_added() { # a service of the person's own, on the session bus
    desk_in --unit=kvmlab-session -- /usr/libexec/kvm-managerd --session --uri test:///default &&
        put hosts.toml $'[[host]]\nid = "session"\nname = "Lab"\nauto_connect = true\naddress = { kind = "session" }' &&
        wait_for 60 in_menu '^Lab · 1 running( · .*)?$' && in_menu ' · [0-9]+ running( · .*)? > web__1' && click 'Lab > test > Pause' && wait_for 30 in_menu '^Lab · .*1 paused( · .*)?$' && picture two-hosts || { menu_labels; return 1; }
}
host_is_removed() {
    rm "$KVMLAB_ROOT$CONFIG/hosts.toml" && wait_for 30 not in_menu '^Lab' && in_menu '^[0-9]+ running' && desk_unit stop kvmlab-session
}
speaks_german() { put settings.toml $'[appearance]\nlanguage = "de"\n[notify]\ncrashed = "off"' && wait_for 30 in_menu '^KVM Manager öffnen$' && only_new && open_menu && picture german && desk xdotool key Escape; }
switched_off() { # seen in the menu, not told
    local before
    before=$(notes | wc -l)
    vir start spare 2>/dev/null || true # it may run
    state spare 1 && crash spare && wait_for 30 in_menu '^spare · abgestürzt$' && as_many_notes "$before"
}
autostart() { put settings.toml $'[tray]\nautostart = false' && desk $TRAY --autostart && is "" desk $TRAY --autostart; }
bus_goes() { # a session bus of its own, which dies
    desk sh -c 'dbus-daemon --session --nofork --print-address >/tmp/kvmlab-bus 2>/dev/null & bus=$!
        until [ -s /tmp/kvmlab-bus ]; do sleep 0.1; done
        DBUS_SESSION_BUS_ADDRESS=$(cat /tmp/kvmlab-bus) "$1" & tray=$!
        until DBUS_SESSION_BUS_ADDRESS=$(cat /tmp/kvmlab-bus) busctl --user --list | grep -q StatusNotifierItem; do sleep 0.1; done
        kill -KILL $bus; wait $tray' - $TRAY
}
quits() { click "$(menu_labels | grep -E '^(Beenden|Quit), ')" && wait_for 30 not tray_runs && is running vir domstate db; }

need_tray
application_goes
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
LOST=$EPOCHSECONDS
check "libvirtd goes: shown" libvirt_goes
check "libvirtd stays away: told, not at once" libvirt_stays_away
check "libvirtd comes back" libvirt_comes
check "libvirtd is killed" libvirt_is_killed
check "the panel is restarted: it is shown again" panel_restarts
check "a host is added to the file: it has a menu" host_is_added
check "the host is removed from the file: its menu goes" host_is_removed
check "a prompt that is refused is no failure" prompt_refused
check "a prompt that is left open holds nothing up" prompt_open
check "a prompt that is answered: it is done" prompt_answered
check "a disk of the host is full: told why the machine stands still" disk_is_full
check "with room, resumed by the button of the notification: it writes on" room_and_resume
check "a disk that fails is told" disk_fails
check "a machine that somebody saved is told" saved
check "a save that failed is told, the machine runs on" save_fails
drop faulty keeper cramped
LOST=$EPOCHSECONDS
check "the service goes: shown" service_goes
check "the service stays away: told, not at once" service_stays_away
check "the service comes back: the notification is taken back" service_comes
check "show log, with the application: opened by it" log_in_application
check "the language is changed while it runs" speaks_german
check "a kind that is switched off is not told" switched_off
check "--autostart ends silently if it is switched off" autostart
check "it ends with the session bus" bus_goes
check "quit: the machines keep running" quits
finish
