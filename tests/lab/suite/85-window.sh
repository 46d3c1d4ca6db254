#!/bin/bash
# The window on a real desktop, worked with mouse and keyboard; what it did is looked up on the bus. The service and
# libvirtd are real, the machines are QEMU's. Pictures: target/desktop/window-*.png
# timeout: 540
# shellcheck disable=SC2016,SC2015,SC2119 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../desktop/lib.sh
. "$(dirname "$0")/../desktop/lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
WINDOW=/usr/bin/kvm-manager
CONFIG=/home/kvmlab-admin/.config/kvm-manager
LAYOUT=/home/kvmlab-admin/.local/state/kvm-manager/layout.toml
MACHINES=(alpha beta gamma delta2 omega)
cleanup() {
    [ -z "${FROZEN:-}" ] || inside kill -s CONT "$FROZEN" || true # it may have ended
    inside systemctl service-watchdogs yes
    rm -f "$RULE"
    drop "${MACHINES[@]}" renamed
    end_session kvmlab-admin
    rm -rf "$KVMLAB_ROOT$CONFIG" "$KVMLAB_ROOT/home/kvmlab-admin/.local/state/kvm-manager"
}
trap cleanup EXIT

need_window() {
    [ -z "${KVMLAB_WINDOW:-}" ] || install -m 755 "$KVMLAB_WINDOW" "$KVMLAB_ROOT$WINDOW"
    [ -x "$KVMLAB_ROOT$WINDOW" ] || die "the window is not installed: build it first (make build)"
}
shot() { picture "window-$1"; }
state() { wait_for 30 km wait "$1" 1 "State=$2" || { km get "$1" State; return 1; }; } # 1 runs, 2 paused, 4 off
key() { desk xdotool key --clearmodifiers "$@"; }
write() { desk xdotool type --clearmodifiers -- "$1"; }
settings() { # settings LINES
    inside install -d -o kvmlab-admin -g kvmlab-admin "$CONFIG" && printf '%b' "$1" >"$KVMLAB_ROOT$CONFIG/settings.toml" &&
        inside chown kvmlab-admin: "$CONFIG/settings.toml"
}
start_window() {
    desk_in --unit=kvmlab-window --setenv=NO_AT_BRIDGE=0 --property=StandardError=file:/tmp/kvmlab-window.log -- $WINDOW --new && wait_for 30 windows 'KVM Manager' &&
        resize '1280 800'
}
activate() { desk sh -c 'xdotool windowactivate --sync "$(xdotool search --onlyvisible --name "KVM Manager" | head -n 1)"'; }
resize() { # resize "WIDTH HEIGHT"
    # shellcheck disable=SC2086
    desk sh -c 'id=$(xdotool search --onlyvisible --name "KVM Manager" | head -n 1); xdotool windowmove $id 0 40 windowsize --sync $id '"$1"' windowactivate --sync $id'
}
stop_window() { desk_unit stop kvmlab-window; wait_for 30 no_windows 'KVM Manager'; }
# Pictures are compared by how many points differ: a caret blinks, a guest's screen is live, and neither is what is waited for.
painted() { # two in a row are much the same
    desk sh -c 'import -window root -silent -crop 1280x760+0+40 +repage ppm:/tmp/kvmlab-a.ppm; sleep 0.2
        import -window root -silent -crop 1280x760+0+40 +repage ppm:/tmp/kvmlab-b.ppm; compare -metric AE /tmp/kvmlab-a.ppm /tmp/kvmlab-b.ppm null: 2>&1 || true' | awk '{ exit !($1 < 2000) }'
}
# turns POINTS COMMAND... : COMMAND makes so many points another colour. What lies over all of the window makes it dark.
turns() {
    desk import -window root -silent -crop 1280x760+0+40 +repage ppm:/tmp/kvmlab-before.ppm && "${@:2}" && wait_for 30 differs "$1"
}
differs() {
    desk sh -c 'import -window root -silent -crop 1280x760+0+40 +repage ppm:/tmp/kvmlab-now.ppm; compare -metric AE /tmp/kvmlab-before.ppm /tmp/kvmlab-now.ppm null: 2>&1 || true' |
        awk -v points="$1" '{ exit !($1 > points) }'
}
opens() { turns 300000 key "$1"; } # opens KEY : a dialog, the palette
closes() { turns 300000 key "$1"; }
# choose NAME : selects a machine, whatever was selected before: the search leaves it alone.
choose() { key ctrl+f && key ctrl+a && write "$1" && key Escape && key Home && letter "$1"; }
letter() { key "${1:0:1}"; }

prepare() {
    local name
    allow
    for name in "${MACHINES[@]}"; do bare "$name" || return 1; done
    vir start alpha
}
shows() { start_window && wait_for 30 toured && wait_for 30 painted; }
toured() { grep -q 'has-toured = true' "$KVMLAB_ROOT$LAYOUT"; }
tours() { shot tour && turns 3000 key Escape && wait_for 30 painted && shot light; } # it does not come again: all that follows would be in its way
starts_with_a_key() { letter beta && key ctrl+Return && state beta 1; }
pauses_with_a_key() { letter beta && key ctrl+p && state beta 2 && key ctrl+p && state beta 1; }
saves_from_the_palette() { letter beta && opens ctrl+k && turns 3000 write 'save beta' && shot palette && closes Return && state beta 4 && is true km get beta HasSavedState; }
asks() { letter alpha && opens ctrl+k && turns 3000 write 'force off alpha' && turns 3000 key Return && is 1 km get alpha State; }
asks_before_force() { asks && shot ask && closes Escape && is 1 km get alpha State; }
forces_after_yes() { asks && closes ctrl+Return && state alpha 4; }
renames() { letter gamma && opens F2 && key ctrl+a && turns 100 write renamed && shot rename && closes ctrl+Return && wait_for 30 known renamed && unknown gamma; }
tags() { letter delta2 && opens ctrl+shift+t && turns 100 write nightly && turns 100 key Return && shot tags && closes ctrl+Return && wait_for 30 prints nightly km get delta2 Tags; }
deletes_with_plan() {
    letter delta2 && opens Delete && wait_for 30 painted && shot delete && closes ctrl+Return && wait_for 30 unknown delta2
}
mouse_starts() { # the button of the toolbar, for the selected machine
    letter alpha && wait_for 30 painted && desk xdotool mousemove 100 64 click 1 && state alpha 1
}
menu_by_mouse() { letter alpha && turns 20000 desk xdotool mousemove 420 215 click 3 && shot menu && turns 20000 key Escape; }
searches() { key ctrl+f && turns 3000 write renam && shot search && turns 3000 key Escape; }
another_client_shows() { shot before && turns 500 vir suspend alpha && state alpha 2 && shot after && vir resume alpha && state alpha 1; }
keyboard_only() { key F6 && key F6 && key Tab && wait_for 30 painted && shot focus && key Alt+1; }
small() { resize '900 600' && wait_for 30 painted && shot 900x600; resize '1280 800'; }
service_stops() { turns 500 inside systemctl stop kvm-manager && wait_for 30 painted && shot service-stopped && windows 'KVM Manager'; }
service_comes() { vir start beta && inside systemctl start kvm-manager && wait_for 30 answers && sees_again; }
# sees_again : it acts again, which it does once it is connected. Not on the machine that takes a password next: the service
# remembers for a few seconds what polkit granted.
sees_again() { wait_for 60 pause_once && key ctrl+p && state beta 1; }
pause_once() { letter beta && key ctrl+p && km wait beta 5 State=2; }
libvirtd_dies() { inside systemctl kill --signal=KILL libvirtd && wait_for 30 answers && sees_again && shot libvirtd-back; }
dark() { stop_window && settings '[appearance]\ntheme = "dark"\n' && start_window && wait_for 30 painted && shot dark; }

# ----- what screen readers are told, on their own bus -----
SPEECH=/tmp/kvmlab-speech
listened() { desk busctl --user set-property org.a11y.Bus /org/a11y/bus org.a11y.Status IsEnabled b "$1"; }
heard() { desk /usr/local/lib/kvmlab/heard "$@"; }
has_part() { heard parts | cut -f 1,2 | grep -qxF "$1"$'\t'"$2"; } # has_part KIND NAME
focus_is() { heard focus $SPEECH | grep -E "^$1"$'\t'"$2"; }       # focus_is KIND PATTERN
unheard() { local told; told=$(heard parts) && [ -z "$told" ]; }
says_nothing_unasked() { unheard; }
begins_to_speak() {
    desk_in --unit=kvmlab-heard --property="StandardOutput=file:$SPEECH" --property=StandardError=null -- /usr/local/lib/kvmlab/heard watch &&
        listened true && wait_for 30 has_part frame 'KVM Manager' && has_part panel Toolbar && has_part list Machines
}
says_the_row() { letter alpha && wait_for 30 focus_is 'list item' 'alpha, Running, ' && letter beta && wait_for 30 focus_is 'list item' 'beta, '; }
says_the_dialog() { asks && wait_for 30 has_part dialog 'Force off alpha?' && has_part 'push button' Cancel && has_part 'push button' 'Force off' && ! has_part panel Toolbar; }
is_pressed_back() { heard press Cancel && wait_for 30 has_part panel Toolbar && is 1 km get alpha State; }
is_pressed() { asks && wait_for 30 has_part 'push button' 'Force off' && heard press 'Force off' && state alpha 4 && vir start alpha && state alpha 1; }
falls_silent() { listened false && wait_for 30 unheard && letter beta; }

# ----- a password is asked for: for everything but what is done to beta -----
ask_for_password() { vir start beta 2>/dev/null || true; state alpha 1 && state beta 1 && allow beta && wait_for 30 asked_for Resume alpha && wait_for 30 painted && is 0 tone; }
prompt_comes() { letter alpha && key ctrl+p && wait_for 30 prompt && shot prompt && is 1 km get alpha State; }
others_while_open() { # the window takes keys, follows what happens, and acts on what may be done
    activate && letter beta && key ctrl+p && state beta 2 && prompt && is 1 km get alpha State && wait_for 30 painted && shot prompt-open && key ctrl+p && state beta 1 && prompt
}
prompt_is_closed() { # closing it is an answer: nothing is done, and nobody is told what they did themselves
    in_prompt key Escape && wait_for 30 not prompt && is 1 km get alpha State && wait_for 30 painted && is 0 tone && shot prompt-closed
}
# tone : how many points of the screen have the colour of what failed.
tone() {
    desk sh -c 'import -window root -silent -crop 1280x760+0+40 ppm:- | convert - -format %c histogram:info:-' | awk '/srgb\(252,227,227\)/ { points = $1 + 0 } END { print points + 0 }'
}
is_told() { [ "$(tone)" -gt 100 ]; }
# What asks for the password is a process of its own for each try; the kernel cuts its name.
helper() { inside pgrep -x polkit-agent-he || true; } # none is an answer
is_asked() { [ -n "$(helper)" ]; }
asked_again() { { is_asked && not is "$1" helper; } || not prompt; }
# answer PASSWORD : until the prompt is gone; what is typed before it listens is lost.
answer() {
    local before try
    for try in 1 2 3 4 5 6; do
        wait_for 30 is_asked && before=$(helper) && in_prompt key ctrl+a && desk xdotool type "$1" && desk xdotool key Return
        wait_for 10 asked_again "$before" || echo "try $try was not heard"
        prompt || return 0
    done
    return 1
}
prompt_is_refused() { # the agent asks three times
    activate && letter alpha && key ctrl+p && wait_for 30 prompt && answer wrong && wait_for 30 is_told && shot prompt-refused && is 1 km get alpha State && activate && key Escape &&
        wait_for 30 is 0 tone && letter beta && key ctrl+p && state beta 2 && key ctrl+p && state beta 1
}
prompt_goes_with_the_window() { activate && letter omega && key ctrl+Return && wait_for 30 prompt && stop_window && wait_for 30 not prompt && is 4 km get omega State; }
prompt_is_answered() { # last, for polkit remembers the answer for as long as the window is there
    start_window && wait_for 60 ask_once && answer kvmlab-admin && state alpha 2 && vir resume alpha && state alpha 1
}
ask_once() { letter alpha && key ctrl+p && wait_for 10 prompt; }

# ----- two hosts: this computer's libvirt, and a service of the person's own on the session bus -----
two_hosts() {
    allow && wait_for 30 not asked_for Resume alpha && desk_in --unit=kvmlab-session -- /usr/libexec/kvm-managerd --session --uri test:///default && wait_for 60 theirs State || return 1
    inside install -d -o kvmlab-admin -g kvmlab-admin "$CONFIG" && printf '[[host]]\nid = "session"\nauto_connect = true\naddress = { kind = "session" }\n' >"$KVMLAB_ROOT$CONFIG/hosts.toml" &&
        inside chown kvmlab-admin: "$CONFIG/hosts.toml" || return 1
    stop_window && start_window && wait_for 60 pause_theirs && shot two-hosts && key ctrl+p && theirs_is 1
}
pause_theirs() { letter test && key ctrl+p && wait_for 5 is 2 theirs State; }
# The machine "test" of libvirt's test driver, as its own service tells.
theirs() {
    desk sh -c 'busctl --user --json=short call org.kvmmanager.Manager1 /org/kvmmanager/Manager1 org.freedesktop.DBus.ObjectManager GetManagedObjects' |
        jq -e -r --arg property "$1" '[.data[0][] | .["org.kvmmanager.Manager1.Machine"]? | select(.Name.data == "test") | .[$property].data] | first // empty'
}
theirs_is() { wait_for 30 is "$1" theirs State || { theirs State; return 1; }; }
frozen() { inside grep -q '^State:.T' "/proc/$FROZEN/status"; }
session_hangs() { inside kill -s STOP "$FROZEN" && letter test && key ctrl+p && letter alpha && key ctrl+p && state alpha 2 && key ctrl+p && state alpha 1 && frozen && wait_for 30 painted && shot one-hangs; }
session_goes_on() { inside kill -s CONT "$FROZEN" && theirs_is 2 && letter test && key ctrl+p && theirs_is 1; }
system_hangs() { # beta, to be paused when it goes on; the other host's machine at once
    inside kill -s STOP "$FROZEN" && letter beta && key ctrl+p && letter test && key ctrl+p && theirs_is 2 && key ctrl+p && theirs_is 1 && frozen && wait_for 30 painted && shot other-hangs
}
system_goes_on() { inside kill -s CONT "$FROZEN" && state beta 2 && vir resume beta && letter alpha && key ctrl+p && state alpha 2 && key ctrl+p && state alpha 1; }
no_panic() { ! grep -E 'panicked| ERROR ' "$(in_root /tmp/kvmlab-window.log)"; }

"$LAB_DIR/desktop/up.sh" --name "$KVMLAB_NAME" --agent mate || die "the desktop did not come up"
need_window
check window-machines-are-ready prepare
check window-shows-the-machines shows
check window-ends-its-first-tour-with-esc tours
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
check window-says-nothing-while-nobody-listens says_nothing_unasked
check window-tells-screen-readers-what-it-shows begins_to_speak
check window-says-which-row-has-the-keyboard says_the_row
check window-says-the-title-and-the-buttons-of-a-dialog says_the_dialog
check window-cancels-when-a-screen-reader-presses is_pressed_back
check window-forces-off-when-a-screen-reader-presses is_pressed
check window-falls-silent-when-nobody-listens-any-more falls_silent
check window-stays-while-the-service-is-stopped service_stops
check window-goes-on-when-the-service-is-back service_comes
check window-goes-on-after-libvirtd-died libvirtd_dies
check window-is-ready-for-prompts ask_for_password
check window-asks-for-a-password prompt_comes
check window-acts-on-others-while-a-prompt-is-open others_while_open
check window-does-nothing-after-a-closed-prompt prompt_is_closed
check window-tells-a-refusal-in-its-tone prompt_is_refused
check window-takes-its-prompt-with-it prompt_goes_with_the_window
check window-does-it-after-the-password prompt_is_answered
check window-shows-two-hosts two_hosts
FROZEN=$(inside pgrep -u kvmlab-admin kvm-managerd || true)
check window-acts-on-this-computer-while-the-other-host-hangs session_hangs
check window-goes-on-with-the-host-that-hung session_goes_on
FROZEN=$(main_pid)
inside systemctl service-watchdogs no # else systemd would end what hangs
check window-acts-on-the-other-host-while-this-computer-hangs system_hangs
check window-goes-on-with-this-computer system_goes_on
inside systemctl service-watchdogs yes
check window-is-dark-when-asked dark
check window-says-no-panic no_panic
finish
