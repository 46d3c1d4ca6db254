#!/bin/bash
# Runs the end-to-end suites in a lab host of their own with the product installed by `make install`.
#   run.sh [--keep] [SUITE]...     SUITE: a file, default suite/[0-9]* in order
# A suite is an executable that prints "ok NAME seconds" and "FAIL NAME seconds" lines (suite/lib.sh helps)
# and fails if one failed; one that prints none counts as a test itself. It runs as root on this machine with
#   KVMLAB_NAME KVMLAB_LEADER KVMLAB_ROOT KVMLAB_EXEC KVMLAB_LIBVIRT_URI   as printed by up.sh
#   KVMLAB_LAB KVMLAB_TMP                                                  tests/lab; a directory of its own
# and may take as long as a line "# timeout: SECONDS" in it says, else 600 s. Last line: "N passed, N failed".
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
KEEP=0 SUITES=()
while [ $# -gt 0 ]; do
    case $1 in
        --keep) KEEP=1; shift ;;
        -*) die "unknown option $1" ;;
        *) SUITES+=("$(realpath "$1")"); shift ;;
    esac
done
if [ ${#SUITES[@]} = 0 ]; then
    for suite in "$LAB_DIR"/suite/[0-9]*; do [ ! -x "$suite" ] || SUITES+=("$suite"); done
fi
NAME=${KVMLAB_SUITE_HOST:-suite}
TMP=$(mktemp -d)
PASSED=0 FAILED=0
SUITE_PID=
done_with() {
    local code=$?
    trap '' INT TERM
    [ -z "$SUITE_PID" ] || kill -- -"$SUITE_PID" 2>/dev/null || true # it may be over
    [ $KEEP = 1 ] || "$LAB_DIR/down.sh" --name "$NAME"
    rm -rf "$TMP"
    exit $code
}
trap done_with EXIT
trap 'exit 130' INT TERM

# What is installed while a host is up is not seen in it.
! grep -q desktop/lib.sh "${SUITES[@]}" || lab_install "${DESKTOP_PACKAGES[@]}"
"$LAB_DIR/down.sh" --name "$NAME"
"$LAB_DIR/up.sh" --name "$NAME" >"$TMP/env"
# shellcheck source=/dev/null
. "$TMP/env"
export KVMLAB_LAB=$LAB_DIR
"$LAB_DIR/install.sh" --name "$NAME"

count() { grep -c "^$1 " "$TMP/out" || true; }

run_suite() {
    local file=$1 base limit began=$EPOCHREALTIME code=0 ok bad seconds
    base=$(basename "$file")
    limit=$(sed -n 's/^# timeout: *\([0-9]*\).*/\1/p' "$file" | head -n 1)
    printf -- '-- %s\n' "$base"
    export KVMLAB_TMP=$TMP/$base.d
    mkdir -p "$KVMLAB_TMP"
    # In a session of its own, so that all of it can be ended.
    setsid timeout --kill-after=20 "${limit:-600}" "$file" </dev/null > >(tee "$TMP/out") 2>&1 &
    SUITE_PID=$!
    wait "$SUITE_PID" || code=$?
    SUITE_PID=
    wait # for tee
    ok=$(count ok) bad=$(count FAIL)
    seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')
    if [ $((ok + bad)) = 0 ] || { [ $code != 0 ] && [ "$bad" = 0 ]; }; then
        # It says nothing itself, or ended without saying why.
        [ $code != 124 ] || echo "    ended after ${limit:-600} s"
        if [ $code = 0 ]; then ok=$((ok + 1)); echo "ok $base $seconds"; else bad=$((bad + 1)); echo "FAIL $base $seconds (exit code $code)"; fi
    fi
    PASSED=$((PASSED + ok))
    FAILED=$((FAILED + bad))
    [ "$bad" = 0 ] || lab_in "$NAME" journalctl -q -n 30 -o short-monotonic -u kvm-manager --no-pager | sed 's/^/    | /' || true
}

for suite in "${SUITES[@]}"; do run_suite "$suite"; done
echo "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ] && [ "$PASSED" -gt 0 ]
