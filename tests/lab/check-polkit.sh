#!/bin/bash
# Proves polkit/ against the real polkitd of a lab host that is up: defaults, umbrellas, rules and prompts.
#   check-polkit.sh [--name a]
# shellcheck disable=SC2016,SC1111,SC2086 # commands are expanded in the lab host; the quotes are the text's
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=suite/lib.sh
. "$LAB_DIR/suite/lib.sh"
need_root
NAME=${KVMLAB_NAME:-a}
[ "${1:-}" != --name ] || NAME=$2
ROOT=/proc/$(lab_leader "$NAME")/root
POLKIT=$(realpath "$LAB_DIR/../../polkit")
P=org.kvmmanager.manager1.
PLAIN=(read-sensitive machine-operate machine-manage guest-control)
ALL=("${PLAIN[@]}" unlock-machine unlock-host secret-read machine-erase host-memory)
MACHINE="${PLAIN[*]} unlock-machine"
RULE=$ROOT/etc/polkit-1/rules.d/40-kvmlab.rules
X=("$LAB_DIR/exec.sh" --name "$NAME")

install -m 644 "$POLKIT"/*.policy "$ROOT/usr/share/polkit-1/actions/"
install -m 644 "$POLKIT"/*.rules "$ROOT/usr/share/polkit-1/rules.d/"
install -D -m 755 -t "$ROOT/usr/local/lib/kvmlab" "$LAB_DIR"/polkit/*
trap 'rm -rf "$RULE" "$ROOT/usr/local/lib/kvmlab"' EXIT
lab_in "$NAME" systemctl start polkit
# polkitd reads both directories when inotify tells it to.
known() { lab_in "$NAME" pkaction --action-id "${P}unlock-host" && answers "$(open_are $MACHINE)" plain kvmlab-libvirt; }

# plain USER [exec.sh option]... : what pkcheck says about ALL, one after the other:
# 0 yes, 1 no, 2 an administrator would have to say yes and there is no agent, 3 dismissed
plain() {
    local user=$1
    shift
    "${X[@]}" --user "$user" "$@" -- bash -c 'for a; do pkcheck --process $$ --action-id "'$P'$a" >/dev/null 2>&1; printf "%s " $?; done' - "${ALL[@]}"
}
# open_are ACTION... : what is expected of ALL, these without a prompt
open_are() {
    local action
    for action in "${ALL[@]}"; do [[ " $* " == *" $action "* ]] && printf '0 ' || printf '2 '; done
}
answers() { # answers EXPECTED COMMAND...
    local got
    got=$("${@:2}")
    [ "${got% }" = "${1% }" ] || { echo "expected $1, got $got"; return 1; }
}
defaults() { # defaults ACTION ANY INACTIVE ACTIVE
    local got
    got=$(lab_in "$NAME" pkaction --verbose --action-id "$P$1" | awk '/implicit/ { printf "%s ", $3 }')
    [ "$got" = "$2 $3 $4 " ] || { echo "got $got"; return 1; }
}

# unlocked SCOPE exec.sh-option... : one prompt for SCOPE, then what is open without another one.
unlocked() {
    local scope=$1
    shift
    "${X[@]}" --user kvmlab-admin "$@" -- bash /usr/local/lib/kvmlab/with-agent.sh kvmlab-admin /tmp/kvmlab-agent.log '
        pkcheck --process $SUBJECT --allow-user-interaction --action-id '"$P$scope"' >/dev/null || echo "refused "
        for a in '"${ALL[*]}"'; do pkcheck --process $SUBJECT --action-id '"$P"'$a >/dev/null 2>&1; printf "%s " $?; done'
}

# prompt LOCALE ACTION [--detail KEY VALUE]... : the text that the agent gets to show.
prompt() {
    local locale=$1 action=$2
    shift 2
    rm -f "$ROOT/tmp/kvmlab-subject"
    "${X[@]}" --user kvmlab-admin --env LANG="$locale" -- bash /usr/local/lib/kvmlab/with-agent.sh kvmlab-admin /tmp/kvmlab-agent.log \
        'echo $SUBJECT >/tmp/kvmlab-subject.new; mv /tmp/kvmlab-subject.new /tmp/kvmlab-subject; sleep 60 & wait $!' &
    local shell=$!
    wait_for 20 test -s "$ROOT/tmp/kvmlab-subject"
    local subject uid
    subject=$(cat "$ROOT/tmp/kvmlab-subject")
    uid=$(lab_in "$NAME" id -u kvmlab-admin)
    lab_in "$NAME" timeout 30 pkcheck --allow-user-interaction --action-id "$P$action" \
        --process "$subject,$(process_start_in "$subject"),$uid" "$@" >/dev/null || echo "refused"
    lab_in "$NAME" pkill -P "$subject" sleep
    wait "$shell" || true
    tr -d '\r' <"$ROOT/tmp/kvmlab-agent.log" | sed 's/\x1b\[[0-9;]*m//g' | grep -a -A1 '^==== AUTHENTICATING' | tail -n 1
}
process_start_in() { lab_in "$NAME" sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }
shows() { # shows TEXT LOCALE ACTION...
    local got
    got=$(prompt "${@:2}")
    [ "$got" = "$1" ] || { echo "got $got"; return 1; }
}

# details_allow CODE UUID : root asks, with details, about a process of kvmlab-other.
details_allow() {
    local code=0
    "${X[@]}" --user kvmlab-other -- sleep 30 &
    local shell=$! subject
    wait_for 10 lab_in "$NAME" pgrep -u kvmlab-other -x sleep
    subject=$(lab_in "$NAME" pgrep -u kvmlab-other -x sleep | head -n 1)
    lab_in "$NAME" pkcheck --process "$subject,$(process_start_in "$subject"),$(lab_in "$NAME" id -u kvmlab-other)" \
        --action-id "${P}machine-operate" --detail machine.uuid "$2" --detail machine.name build-server >/dev/null 2>&1 || code=$?
    lab_in "$NAME" kill "$subject"
    wait "$shell" || true
    [ $code = "$1" ] || { echo "pkcheck said $code"; return 1; }
}

check "polkitd knows the actions and the rule" wait_for 20 known
for action in "${PLAIN[@]}" unlock-machine unlock-host host-memory; do
    check "defaults of $action" defaults "$action" auth_admin auth_admin auth_admin_keep
done
for action in secret-read machine-erase; do
    check "defaults of $action" defaults "$action" auth_admin auth_admin auth_admin
done
check "root is asked nothing" answers "$(open_are "${ALL[@]}")" plain root
check "a user without a session is asked" answers "$(open_are)" plain kvmlab-user
check "a user in an active session is asked" answers "$(open_are)" plain kvmlab-user --active
check "libvirt group: machines without prompt, host, secrets and permanent deletes not" answers "$(open_are $MACHINE)" plain kvmlab-libvirt
check "libvirt group in an active session: the same" answers "$(open_are $MACHINE)" plain kvmlab-libvirt --active
check "unlock-machine implies the machine actions, a permanent delete not" answers "$(open_are $MACHINE)" unlocked unlock-machine --active
check "unlock-host implies the machine actions and the host's" answers "$(open_are "${PLAIN[@]}" unlock-host host-memory)" unlocked unlock-host --active
check "without an active session no consent is kept" answers "$(open_are)" unlocked unlock-machine
check "the prompt names the machine" shows "Authentication is required to operate the virtual machine “win11”" \
    C.UTF-8 machine-operate --detail machine.name win11
check "the prompt is translated" shows "Zum Bedienen der virtuellen Maschine „win11“ ist eine Anmeldung erforderlich" \
    de_DE.UTF-8 machine-operate --detail machine.name win11
check "a value is not expanded again" shows "Authentication is required to operate the virtual machine “\$(operation)”" \
    C.UTF-8 machine-operate --detail machine.name '$(operation)' --detail operation start

# The example with one user and one machine, as it is shipped.
sed -n '/^\/\*$/,/^\*\/$/p' "$POLKIT/49-kvm-manager.rules.example" | sed '/^\*\/$/q' | sed '/^[/*]*$/d; s/"anna"/"kvmlab-other"/' >"$RULE.new"
chmod 644 "$RULE.new"
mv "$RULE.new" "$RULE"
check "example: one user may use one machine" wait_for 20 details_allow 0 c7a5fdbd-cdaf-9455-926a-d65c16db1809
check "example: and no other" details_allow 2 00000000-0000-0000-0000-000000000001
finish
