#!/bin/bash
# Reserving huge pages through the service, against a write to the kernel's file. The pages are the host's own: it
# takes PAGES * 2 MiB for a moment, and puts the number back that there was.
#   hugepages.sh [PAGES [ROUNDS]]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
isolate "$@"
n=${1:-1000} rounds=${2:-15}
start_libvirtd
start_bus
start_service
measure "$T/hugepages" "$n" "$rounds"
judge "reserving $n huge pages, against a raw write" "$(median reserve.ours "$n")" "$(median reserve.raw "$n")" "<= 1.1" ms
tell "giving them back" "$(median release.ours "$n")" "$(median release.raw "$n")" ms
