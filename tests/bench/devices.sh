#!/bin/bash
# Devices of the host: how long it takes to read two hundred and to judge whether one may go, on a described host; and what the
# service adds to taking a real one and giving it back, on an emulated machine with an IOMMU (tests/vfio).
#   devices.sh [ROUNDS]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
mkdir -p "$(dirname "$RESULTS")"
cd "$PROJECT"
timeout 1800 cargo test --release --locked -q -p kvm-manager-tests --test host_device -- --nocapture of_two_hundred |
    grep -o '{"metric.*}' | tee -a "$RESULTS"
judge "reading 200 devices of the host, for the first time" "$(median inventory.first 200)" - "<= 50" ms
judge "the same again, names known" "$(median inventory.again 200)" - "<= 50" ms
judge "plan for one of 200 devices" "$(median inventory.plan 200)" - "<= 20" ms
measure tests/vfio/run.sh "$PROJECT/tests/vfio/bench.sh" "${1:-15}"
judge "taking a device from the host, against raw writes" "$(median bind.ours 1)" "$(median bind.raw 1)" "<= 1.05" ms
judge "giving it back, against raw writes" "$(median unbind.ours 1)" "$(median unbind.raw 1)" "<= 1.05" ms
