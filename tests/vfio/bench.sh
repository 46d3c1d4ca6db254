#!/bin/bash
# What the service adds to taking a network card from the host and giving it back, inside the machine that run.sh starts.
#   bench.sh [ROUNDS]   JSON lines as those of tests/bench
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# The other processor is busy until libvirt has asked QEMU what it can.
until_true 120 virsh -q -c qemu:///system version
start
"$DRIVER" passage "$CARD" "${1:-15}"
