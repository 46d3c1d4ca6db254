#!/bin/bash
# How long it takes to read two hundred PCI devices, and to judge whether one may go. A described host, so without the time that
# a real device takes to answer.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo test --release --locked -q -p kvm-manager-tests --test host_device -- --nocapture of_two_hundred | grep -E '^(inventory|plan)'
