#!/bin/bash
# A picture of the desktop of a lab host.   shot.sh [--name a] FILE.png
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
KVMLAB_NAME=${KVMLAB_NAME:-a}
if [ "$1" = --name ]; then KVMLAB_NAME=$2; shift 2; fi
screenshot "$1"
