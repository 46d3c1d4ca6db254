#!/bin/bash
# `make test`: everything that promises something. As root also the end-to-end suites, in a throw-away host
# with real systemd, D-Bus, polkitd, libvirtd and QEMU guests (tests/lab/README.md).
#   test.sh [unit|fuzz|lab|vfio]...     without arguments: all
set -euo pipefail
cd "$(dirname "$0")/.."
FAILED=()
LEFT_OUT=()
VFIO='' SAID=''
[ $# -gt 0 ] || set -- unit fuzz lab vfio

part() { # part NAME COMMAND...
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    "$@" || FAILED+=("$name")
}

can_run() { # can_run WHAT : what needs a computer of its own
    if [ "$(id -u)" != 0 ]; then
        LEFT_OUT+=("$1 (needs root)")
    elif ! command -v apt-get >/dev/null; then
        LEFT_OUT+=("$1 (needs Debian or one of its kin)")
    else
        return 0
    fi
    return 1
}

# Unit, corpus, replay, bus and polkit tests of the workspace.
unit() {
    # nextest has one process per test, which the C library of libvirt likes, but no documentation tests.
    if cargo nextest --version >/dev/null 2>&1; then
        ICED_TEST_BACKEND=tiny-skia cargo nextest run --workspace --locked && cargo test --workspace --locked --doc
    else
        ICED_TEST_BACKEND=tiny-skia cargo test --workspace --locked
    fi
}

# A minute for all targets together.
fuzz() {
    local count
    count=$(find fuzz/targets -name '*.rs' | wc -l)
    fuzz/run.sh $(((60 + count - 1) / count))
}

# Passthrough: machines with an IOMMU, one after the other. Much of what they and the suites do is to wait, so they run beside those.
vfio() {
    local code=0 name
    for name in story usb single-gpu starts small nodes; do
        echo "-- $name.sh"
        case $name in
            single-gpu | starts) "tests/vfio/$name.sh" ;;
            small) VFIO_SMALL=1 tests/vfio/run.sh tests/vfio/small.sh ;;
            nodes) VFIO_NODES=1 tests/vfio/run.sh --timeout 420 tests/vfio/nodes.sh ;;
            *) tests/vfio/run.sh "tests/vfio/$name.sh" ;;
        esac || code=1
    done
    return $code
}
begin_vfio() {
    SAID=$(mktemp)
    trap 'rm -f "$SAID"; kill -- "-$VFIO" 2>/dev/null || true' EXIT
    set -m # a group of its own, which can be ended as a whole
    vfio >"$SAID" 2>&1 </dev/null &
    VFIO=$!
    set +m
}
end_vfio() {
    local code=0
    wait "$VFIO" || code=$?
    cat "$SAID"
    trap 'rm -f "$SAID"' EXIT
    return $code
}

scripts/install-dependencies.sh test
for what; do
    case $what in
        unit) part "unit, corpus and bus tests" unit ;;
        fuzz) if [ -x fuzz/run.sh ]; then part "fuzz smoke" fuzz; else LEFT_OUT+=("fuzz smoke (no fuzz/run.sh)"); fi ;;
        lab)
            if can_run "the end-to-end suites"; then
                part "what the machines are made of" tests/lab/prepare.sh
                part "release build" cargo build --release --locked --bin kvm-managerd --bin kvm-manager --bin kvm-manager-tray
                if [ -z "$VFIO" ] && [[ " $* " == *" vfio "* ]]; then begin_vfio; fi
                part "end to end" tests/lab/run.sh
            fi
            ;;
        vfio)
            if can_run "passthrough on a machine with an IOMMU"; then
                if [ -z "$VFIO" ]; then
                    part "what the machines are made of" tests/lab/prepare.sh
                    part "release build of the service" cargo build --release --locked --bin kvm-managerd
                    begin_vfio
                fi
                part "passthrough on machines with an IOMMU" end_vfio
            fi
            ;;
        *) echo "usage: test.sh [unit|fuzz|lab|vfio]..." >&2; exit 2 ;;
    esac
done
printf '\n'
if [ ${#LEFT_OUT[@]} -gt 0 ]; then
    (IFS=';'; echo "Left out: ${LEFT_OUT[*]}")
fi
if [ ${#FAILED[@]} -gt 0 ]; then
    (IFS=';'; echo "FAILED: ${FAILED[*]}")
    exit 1
fi
echo "All passed."
