# shellcheck shell=bash
# One line per promise; sourced by the suites and the checks.
KVMLAB_PASSED=0
KVMLAB_FAILED=0

# check NAME COMMAND... : prints "ok NAME seconds" or "FAIL NAME seconds" and, below, what COMMAND printed.
# COMMAND can be a function; set -e does not hold in it, so its steps are joined with &&.
check() {
    local name=$1 began=$EPOCHREALTIME out code=0 seconds
    shift
    out=$("$@" 2>&1) || code=$?
    seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')
    if [ $code = 0 ]; then
        KVMLAB_PASSED=$((KVMLAB_PASSED + 1))
        printf 'ok %s %s\n' "$name" "$seconds"
    else
        KVMLAB_FAILED=$((KVMLAB_FAILED + 1))
        printf 'FAIL %s %s\n' "$name" "$seconds"
        printf '%s\n' "${out:-exit code $code}" | tail -n 20 | sed 's/^/    /'
    fi
}

# finish : the suite's exit code.
finish() { [ "$KVMLAB_FAILED" = 0 ] && [ "$KVMLAB_PASSED" -gt 0 ]; }

# ----- what suites need that look at the product from inside a lab host; KVMLAB_NAME says which -----
KM=/run/kvmlab/km

inside() { lab_in "$KVMLAB_NAME" timeout "${INSIDE_LIMIT:-60}" "$@"; }
as() { "$LAB_DIR/exec.sh" --name "$KVMLAB_NAME" --user "$@"; } # as USER [exec.sh OPTION]... -- COMMAND
vir() { inside virsh -q -c qemu:///system "$@"; }
km() { lab_in "$KVMLAB_NAME" timeout 180 $KM "$@"; } # see tests/src/lab/main.rs
in_root() { printf '%s%s' "$KVMLAB_ROOT" "$1"; }

# need_driver : the test program into the host, built if KVMLAB_DRIVER does not name it.
need_driver() {
    local top=$LAB_DIR/../..
    if [ -z "${KVMLAB_DRIVER:-}" ]; then
        (cd "$top" && cargo build --quiet --locked -p kvm-manager-tests --bin kvm-manager-lab) || die "the test program could not be built"
        KVMLAB_DRIVER=${CARGO_TARGET_DIR:-$top/target}/debug/kvm-manager-lab
    fi
    install -d -m 1777 "$(in_root /run/kvmlab)"
    install -m 755 "$KVMLAB_DRIVER" "$(in_root "$KM")"
}

is() { # is EXPECTED COMMAND...
    local got
    got=$("${@:2}")
    [ "$got" = "$1" ] || { echo "expected '$1', got '$got'"; return 1; }
}
prints() { # prints PATTERN COMMAND... : its output matches
    local got
    got=$("${@:2}") || true # the output decides
    grep -Eq -- "$1" <<<"$got" || { echo "expected /$1/, got '$got'"; return 1; }
}
refused() { # refused KIND km-WORD... : the call fails with this error
    local got
    ! got=$(km "${@:2}") || { echo "was not refused: $got"; return 1; }
    [[ $got == "refused $1 "* ]] || { echo "expected $1, got '$got'"; return 1; }
}
not() { ! "$@"; }

main_pid() { inside systemctl show kvm-manager -p MainPID --value; }
answers() { km get manager Connected; }
qemu_pid() { inside cat "/run/libvirt/qemu/$1.pid"; }
# qemus : number and start of every QEMU, to see that they are the same later.
qemus() {
    local file pid
    for file in "$KVMLAB_ROOT"/run/libvirt/qemu/*.pid; do
        if [ ! -e "$file" ] || [ "${file##*/}" = driver.pid ]; then continue; fi
        pid=$(<"$file")
        echo "$(basename "$file") $pid $(inside sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)"
    done
}
unhurt() { # unhurt BEFORE
    [ "$(qemus)" = "$1" ] || { echo "before: $1"; echo "now: $(qemus)"; return 1; }
}

# bare NAME [DEVICES] [ELEMENTS] : defines a machine that boots nothing and so ignores ACPI; starts in no time.
bare() {
    cat >"$(in_root "/run/kvmlab/$1.xml")" <<X
<domain type='qemu'><name>$1</name><memory unit='MiB'>${BARE_MEMORY:-32}</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>${3:-}
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${2:-}<video><model type='vga'/></video><memballoon model='none'/></devices></domain>
X
    vir define "/run/kvmlab/$1.xml" && wait_for 5 known "$1"
}
# known NAME : this machine, not one of the same name that was there before it.
known() { prints "$(vir domuuid "$1")" km get "$1" UUID; }
unknown() { ! km get "$1" Name; }
# drop NAME... : whatever their state.
drop() {
    local name
    for name; do
        vir destroy "$name" >/dev/null 2>&1 || true # it may be off
        vir undefine --managed-save --snapshots-metadata --nvram --tpm "$name" >/dev/null 2>&1 || true # or gone
    done
}
