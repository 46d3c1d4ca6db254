#!/bin/bash
# The benchmarks: `make bench`. Needs root; installs nothing.   run.sh [list|control|events|memory|idle|hugepages|devices|tray|gui|all]
# KVM_MANAGERD=PROGRAM measures that one instead of building. Results: target/bench/results.jsonl
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
case ${1:-all} in
    all) suites=(list control events memory idle hugepages devices tray gui) ;;
    list | control | events | memory | idle | hugepages | devices | tray | gui) suites=("$1") ;;
    *) die "usage: run.sh [list|control|events|memory|idle|hugepages|devices|tray|gui|all]" ;;
esac
[ "$(id -u)" = 0 ] || die "needs root: the measured processes get namespaces of their own"
if [ -z "${KVM_MANAGERD:-}" ]; then
    (cd "$PROJECT" && cargo build --release --locked --bin kvm-managerd --bin kvm-manager --bin kvm-manager-tray)
fi
mkdir -p "$(dirname "$RESULTS")"
: >"$RESULTS"
for suite in "${suites[@]}"; do "$HERE/$suite.sh"; done
table
