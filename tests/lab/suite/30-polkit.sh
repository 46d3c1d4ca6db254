#!/bin/bash
# Who may do what, with the real polkitd: every method of every interface for every kind of caller.
# timeout: 500
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
RUN=/run/kvmlab
CALLERS=$RUN/callers
RULE=$KVMLAB_ROOT/etc/polkit-1/rules.d/40-kvmlab.rules
EXAMPLE=$(realpath "$LAB_DIR/../../polkit")/49-kvm-manager.rules.example
MACHINE_ACTIONS=read-sensitive,machine-operate,machine-manage,guest-control,unlock-machine
cleanup() {
    rm -f "$RULE"
    stop_watching
    inside pkill -CONT -x polkitd || true # it may not be stopped
    drop matrix stubborn two
    purge_all
}
trap cleanup EXIT
purge_all() { km call manager ListDeleted | awk 'NF { print $1 }' | while read -r id; do km call manager PurgeDeleted "$id"; done; }

# A machine that ignores its power button, and the job that waits for it.
renew() {
    drop matrix && bare matrix && uuid=$(vir domuuid matrix)
    export KVMLAB_MACHINE=/org/kvmmanager/Manager1/machines/${uuid//-/_}
    if ! vir domstate stubborn 2>/dev/null | grep -q running; then bare stubborn && vir start stubborn; fi
    if [ -z "$(job_path)" ]; then
        by root call stubborn Shutdown mode=acpi timeout=600 >/dev/null 2>&1 &
        wait_for 10 has_job
    fi
    KVMLAB_JOB=$(job_path)
    export KVMLAB_JOB
}
has_job() { [ -n "$(job_path)" ]; }
job_path() {
    inside busctl --json=short call org.kvmmanager.Manager1 /org/kvmmanager/Manager1 org.freedesktop.DBus.ObjectManager GetManagedObjects |
        jq -r '.data[0] | keys[] | select(contains("/jobs/"))' | head -n 1
}
by() { # by USER km-WORD... : nobody has no home
    local user=$1
    shift
    if [ "$user" = nobody ]; then
        lab_in "$KVMLAB_NAME" setpriv --reuid=nobody --regid=nogroup --clear-groups \
            env KVMLAB_CALLERS=$CALLERS KVMLAB_MACHINE="${KVMLAB_MACHINE:-}" KVMLAB_JOB="${KVMLAB_JOB:-}" timeout 120 "$KM" "$@"
    else
        as "$user" --env KVMLAB_CALLERS=$CALLERS --env KVMLAB_MACHINE="${KVMLAB_MACHINE:-}" --env KVMLAB_JOB="${KVMLAB_JOB:-}" -- timeout 120 "$KM" "$@"
    fi
}
# agent ANSWER : prepares one; $A is what its subject passes to --agent, $L its log
agent() {
    A=$RUN/agent-$BASHPID-$RANDOM
    L=$A.log
    lab_in "$KVMLAB_NAME" timeout 120 "$KM" agent "$A" "$1" "$L" >/dev/null &
}
log_lines() { cat "$(in_root "$L")" 2>/dev/null || true; } # there is none before the first prompt
begun() { log_lines | awk '$2 == "begin" { print $3 }' | sed 's/.*manager1\.//' | tr '\n' ' '; }

# column NAME USER GRANTED REFUSAL [ANSWER] : examines every method; its lines are this suite's.
column() {
    local name=$1 user=$2 granted=$3 refusal=$4 out=$KVMLAB_TMP/column words=()
    renew
    if [ -n "${5:-}" ]; then
        agent "$5"
        words=(--agent "$A" examine "$name" "$granted" "$refusal" "$L")
    else
        words=(examine "$name" "$granted" "$refusal")
    fi
    [ "$refusal" != InteractiveAuthorizationRequired ] || words=(--silent "${words[@]}")
    by "$user" "${words[@]}" >"$out" 2>&1 || true # it says itself what failed
    grep -E '^(ok|FAIL|    )' "$out" || { echo "FAIL $name 0"; sed 's/^/    /' "$out"; KVMLAB_FAILED=$((KVMLAB_FAILED + 1)); }
    count "$out"
}

count() {
    KVMLAB_PASSED=$((KVMLAB_PASSED + $(awk '/^ok / { n++ } END { print n + 0 }' "$1")))
    KVMLAB_FAILED=$((KVMLAB_FAILED + $(awk '/^FAIL / { n++ } END { print n + 0 }' "$1")))
}

watch_polkit() {
    lab_in "$KVMLAB_NAME" sh -c 'echo $$ >"$1"; exec busctl monitor --json=short --match "$2"' - $RUN/monitor \
        "type='method_call',interface='org.freedesktop.PolicyKit1.Authority',member='CheckAuthorization'" >"$KVMLAB_TMP/polkit" 2>/dev/null &
    wait_for 10 inside test -s $RUN/monitor
}
stop_watching() {
    [ ! -e "$KVMLAB_ROOT$RUN/monitor" ] || inside kill "$(<"$KVMLAB_ROOT$RUN/monitor")" || true # it may have ended
    rm -f "$KVMLAB_ROOT$RUN/monitor"
}
subjects() { # each of the service's questions is about the bus name of a caller, nothing else
    local us
    us=$(inside busctl --json=short call org.freedesktop.DBus / org.freedesktop.DBus GetNameOwner s org.kvmmanager.Manager1 | jq -r '.data[0]')
    jq -r --arg us "$us" 'select(.sender == $us) | .payload.data | .[0][0] + " " + (.[0][1] | keys | join(",")) + " " + .[0][1].name.data' "$KVMLAB_TMP/polkit" |
        sort | uniq -c >"$KVMLAB_TMP/subjects"
    [ "$(awk '{ sum += $1 } END { print sum + 0 }' "$KVMLAB_TMP/subjects")" -ge 100 ] || { echo "only few questions"; cat "$KVMLAB_TMP/subjects"; return 1; }
    ! awk '{ print $2, $3, $4 }' "$KVMLAB_TMP/subjects" | grep -vxF -f <(sed 's/^/system-bus-name name /' "$KVMLAB_ROOT$CALLERS")
}

in_session() { # in_session LINES : all succeed in an active session with an agent that consents
    agent consent
    as kvmlab-admin --active -- timeout 120 "$KM" --agent "$A" script <<<"$1" >"$KVMLAB_TMP/session" && all_ok
}
all_ok() { ! grep -v ' ok$' "$KVMLAB_TMP/session"; }
unlock_once() {
    renew
    in_session $'manager Unlock 1\nmatrix Start paused=true\nmatrix Resume\nmatrix Pause\nmatrix SetMetadata title=x\nmatrix GetLog\nmatrix PlanDelete\nmatrix ForceOff\nmanager ListDeleted' &&
        is 'unlock-machine ' begun
}
kept() { in_session $'matrix Start\nmatrix Pause\nmatrix ForceOff' && is 'machine-operate ' begun; }
dump_asks_always() {
    vir start matrix >/dev/null
    in_session $'manager Unlock 1\nmatrix CoreDump w:/tmp/kvmlab-1\nmatrix CoreDump w:/tmp/kvmlab-1\nmatrix CoreDump w:/tmp/kvmlab-1' &&
        is 'unlock-machine secret-read secret-read secret-read ' begun
}
erase_asks_always() {
    agent consent
    as kvmlab-admin --active -- timeout 120 "$KM" --agent "$A" script >"$KVMLAB_TMP/session" \
        <<<$'manager Unlock 1\nmatrix Delete permanent=true volumes=[/nowhere]\nmatrix Delete permanent=true volumes=[/nowhere]' || true # it is refused behind the prompts
    is 'unlock-machine machine-erase machine-erase ' begun && known matrix
}
every_time_outside() { # without an active session no consent is kept, not even for a moment
    agent consent
    by kvmlab-user --agent "$A" script <<<$'matrix Reset\nmatrix Reset' >"$KVMLAB_TMP/session" && all_ok && is 'machine-operate machine-operate ' begun
}

prompt() { # prompt km-WORD... : a call of kvmlab-user's with a prompt that nobody answers
    agent hang
    by kvmlab-user --agent "$A" call "$@" >/dev/null 2>&1 &
    wait_for 20 prompted || { echo "no prompt: $*"; log_lines; return 1; }
}
vanishes() { # vanishes SIGNAL km-WORD... : the prompt goes at most 1 s after its caller, and nothing has happened
    local pid gone taken
    prompt "${@:2}" || return 1
    pid=$(<"$(in_root "$A.pid")") gone=$(date +%s%3N)
    inside kill -s "$1" "$pid"
    wait_for 5 taken_away || { echo "the prompt stands: ${*:2}"; return 1; }
    taken=$(log_lines | awk '$2 == "cancel" { print $1; exit }')
    echo "$((taken - gone)) ms: ${*:2}"
    [ $((taken - gone)) -le 1000 ] && is running vir domstate matrix && is "$DELETED" km call manager ListDeleted
}
prompted() { [ -n "$(begun)" ]; }
taken_away() { log_lines | grep -q cancel; }
vanish_all() { # every kind of call that can stand at a prompt
    local words
    DELETED=$(km call manager ListDeleted)
    for words in 'matrix ForceOff' 'manager Unlock 1' 'manager Unlock 2' 'manager Batch force-off matrix' 'manager Batch delete matrix force-off=true' \
        'matrix Delete force-off=true' 'matrix CoreDump w:/tmp/kvmlab-vanish mode=crash' 'matrix Save' 'matrix Screenshot'; do
        # shellcheck disable=SC2086 # words
        vanishes KILL $words || return 1
    done
    is 0 inside stat -c %s /tmp/kvmlab-vanish && inside rm /tmp/kvmlab-vanish
}
gives_prompts_back() { # three of a user's at once, and all three again when their callers are gone
    local round files
    for round in 1 2; do
        files=()
        for _ in 1 2 3; do prompt matrix Reset && files+=("$A") || { echo "round $round"; return 1; }; done
        prints '^refused LimitExceeded authentication prompts at once|^refused LimitExceeded' by kvmlab-user call matrix Reset || return 1
        for A in "${files[@]}"; do
            L=$A.log
            inside kill -KILL "$(<"$(in_root "$A.pid")")" && wait_for 5 taken_away || { echo "the prompt stands"; return 1; }
        done
    done
    agent consent
    by kvmlab-user --agent "$A" call matrix Reset
}

journal() { # journal CURSOR : the audit lines behind it, "PRIORITY UID SENDER? ACTION OPERATION MACHINE MESSAGE"
    inside journalctl -q -o json -u kvm-manager --after-cursor "$1" |
        jq -r 'select(.F_AUDIT != null) | "\(.PRIORITY) \(.F_UID) \(.F_SENDER | startswith(":")) \(.F_ACTION) \(.F_OPERATION) \(.F_MACHINE) \(.MESSAGE)"'
}
cursor() { inside journalctl -q -n 1 -o json -u kvm-manager | jq -r .__CURSOR; }
says() { journal "$1" | grep -qxF -- "$2"; }
audited() { # every decision about a change is a line, with who, what and which machine
    local before uuid user prefix=org.kvmmanager.manager1
    renew && vir start matrix && uuid=$(vir domuuid matrix) && user=$(inside id -u kvmlab-user) && before=$(cursor)
    km call matrix Pause && refused NotFound call manager Undelete 00000000000000000000000000000000 &&
        prints '^refused' by kvmlab-user --silent call matrix Resume && prints 'NotAuthorized|InteractiveAuthorizationRequired' by kvmlab-user --silent call manager Batch delete matrix &&
        by kvmlab-libvirt call matrix Resume || return 1
    for line in "5 0 true $prefix.machine-operate pause $uuid Granted" "5 0 true $prefix.machine-manage undelete  Granted" \
        "4 $user true $prefix.machine-operate resume $uuid Denied" "4 $user true $prefix.machine-manage delete $uuid Denied" \
        "5 $(inside id -u kvmlab-libvirt) true $prefix.machine-operate resume $uuid Granted"; do
        wait_for 10 says "$before" "$line" || { echo "missing: $line"; journal "$before"; inside journalctl -q -o json -u kvm-manager -n 2; return 1; }
    done
    is 5 count_lines "$before" || { journal "$before"; return 1; }
}
count_lines() { journal "$1" | wc -l; }
denials_are_counted() { # who may nothing cannot fill the journal: ten lines a second, and how many were left out
    local before lines
    before=$(cursor)
    for _ in {1..300}; do echo 'matrix Reset'; done | by kvmlab-user --silent script >"$KVMLAB_TMP/denied" && is 300 grep -c InteractiveAuthorizationRequired "$KVMLAB_TMP/denied" || return 1
    wait_for 10 some_lines "$before" && lines=$(count_lines "$before") && echo "$lines lines for 300 denials"
    # The flood takes some seconds at most.
    [ "$lines" -lt 200 ] && is running vir domstate matrix
}
some_lines() { [ "$(count_lines "$1")" -ge 10 ]; }

rule() { # rule : the one-machine example for kvmlab-other
    sed -n '/^\/\*$/,/^\*\/$/p' "$EXAMPLE" | sed '/^\*\/$/q' | sed '/^[/*]*$/d; s/"anna"/"kvmlab-other"/' | sed "$1" >"$RULE.new"
    chmod 644 "$RULE.new"
    mv "$RULE.new" "$RULE"
}
others() { # others MACHINE METHOD : what kvmlab-other gets
    by kvmlab-other --silent call "$1" "$2" | awk '{ print $2 }'
}
one_machine() { # one_machine METHOD... : allowed for "matrix", not for "two"
    local method
    wait_for 10 is '' others matrix "$1" || { others matrix "$1"; return 1; }
    for method; do is InteractiveAuthorizationRequired others two "$method" || return 1; done
}
by_uuid() {
    renew && vir start matrix && bare two && vir start two
    rule "s/c7a5fdbd-cdaf-9455-926a-d65c16db1809/$(vir domuuid matrix)/" && one_machine Reset Pause GetLog
}
by_name() { rule 's/action.lookup("machine.uuid") == "[^"]*"/action.lookup("machine.name") == "matrix"/' && one_machine Reset Pause; }
by_operation() {
    rule 's/action.lookup("machine.uuid") == "[^"]*"/action.lookup("operation") == "pause"/' && wait_for 10 is '' others two Pause &&
        is InteractiveAuthorizationRequired others two Reset && is InteractiveAuthorizationRequired others matrix Resume
}
no_more() { rm -f "$RULE" && wait_for 10 is InteractiveAuthorizationRequired others matrix Pause; }

hung_polkit() { # others read on; what would need it is refused in time, and nothing happens
    local began=$SECONDS state
    state=$(vir domstate two)
    inside pkill -STOP -x polkitd
    by kvmlab-libvirt call two Resume >"$KVMLAB_TMP/hung" 2>&1 &
    local caller=$!
    by nobody call manager ListMachines >/dev/null && [ $((SECONDS - began)) -le 2 ] || { echo "reading waits"; return 1; }
    wait $caller && return 1
    inside pkill -CONT -x polkitd
    echo "$((SECONDS - began)) s"
    [ $((SECONDS - began)) -le 27 ] && prints '^refused NotAuthorized' cat "$KVMLAB_TMP/hung" && is "$state" vir domstate two
}
no_polkit() {
    inside systemctl mask --runtime --now polkit
    prints '^refused NotAuthorized' by kvmlab-libvirt call two Resume && prints '^refused NotAuthorized' km call two Resume &&
        by nobody call manager ListMachines
}
polkit_back() { inside systemctl unmask --runtime polkit && wait_for 20 by kvmlab-libvirt call two GetLog; }
cannot_own() {
    local call=(dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.RequestName)
    inside systemctl stop kvm-manager
    prints AccessDenied lab_in "$KVMLAB_NAME" setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c '"$@" 2>&1' - "${call[@]}" string:org.kvmmanager.Manager1 uint32:4
}

install -m 666 /dev/null "$KVMLAB_ROOT$CALLERS"
km call manager ListMachines >/dev/null
watch_polkit
column "nobody" nobody none NotAuthorized
column "nobody, no prompt allowed" nobody none InteractiveAuthorizationRequired
column "user, no prompt allowed" kvmlab-user none InteractiveAuthorizationRequired
column "user who dismisses" kvmlab-user none dismissed dismiss
column "user who consents" kvmlab-user all NotAuthorized consent
column "group libvirt" kvmlab-libvirt "$MACHINE_ACTIONS" InteractiveAuthorizationRequired
column "root" root all NotAuthorized
stop_watching
check "every question to polkit is about the caller's bus name" subjects
check "active session: one Unlock, then no prompt" unlock_once
check "active session: a consent is kept for the action" kept
check "what reveals secrets asks every time" dump_asks_always
check "a permanent delete asks every time, unlocked or not" erase_asks_always
check "outside an active session every call asks" every_time_outside
check "a caller that is killed takes its prompt along, and nothing has happened" vanish_all
check "three prompts of a user's at once; those of killed callers are given back" gives_prompts_back
check "the journal has a line for every decision, with who, what and which machine" audited
check "a flood of denials does not fill the journal" denials_are_counted
check "rule: one user, one machine, by its UUID" by_uuid
check "rule: by its name" by_name
check "rule: by the operation" by_operation
check "without the rule no more" no_more
check "polkitd hangs: refused in time, others read on" hung_polkit
check "polkitd is away: refused, also for root" no_polkit
check "polkitd is back" polkit_back
check "nobody cannot own the bus name" cannot_own
finish
