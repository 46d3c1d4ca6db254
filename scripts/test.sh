#!/bin/bash
# `make test`: everything that promises something. As root also the end-to-end suites, in a throw-away host
# with real systemd, D-Bus, polkitd, libvirtd and QEMU guests (tests/lab/README.md).
#   test.sh [unit|fuzz|lab|vfio]...     without arguments: all
set -euo pipefail
cd "$(dirname "$0")/.."
FAILED=()
LEFT_OUT=()
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

scripts/install-dependencies.sh test
for what; do
    case $what in
        unit) part "unit, corpus and bus tests" unit ;;
        fuzz) if [ -x fuzz/run.sh ]; then part "fuzz smoke" fuzz; else LEFT_OUT+=("fuzz smoke (no fuzz/run.sh)"); fi ;;
        lab)
            if can_run "the end-to-end suites"; then
                part "release build" cargo build --release --locked --bin kvm-managerd --bin kvm-manager --bin kvm-manager-tray
                part "end to end" tests/lab/run.sh
            fi
            ;;
        vfio)
            if can_run "passthrough on a machine with an IOMMU"; then
                part "release build of the service" cargo build --release --locked --bin kvm-managerd
                part "passthrough on a machine with an IOMMU" tests/vfio/run.sh
                part "USB devices of machines" tests/vfio/run.sh tests/vfio/usb.sh
                part "devices that are taken at each start" tests/vfio/starts.sh
                part "the only screen for a machine" tests/vfio/single-gpu.sh
                part "inputs and namespaces for machines" env VFIO_SMALL=1 tests/vfio/run.sh tests/vfio/small.sh
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
