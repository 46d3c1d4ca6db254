#!/bin/bash
# Runs a command on the desktop of a lab host, as its user.   exec.sh [--name a] [--bg UNIT] COMMAND...
# --bg UNIT: as UNIT.service in the background.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
KVMLAB_NAME=${KVMLAB_NAME:-a} BG=''
while [ $# -gt 0 ]; do
    case $1 in
        --name) KVMLAB_NAME=$2; shift 2 ;;
        --bg) BG=$2; shift 2 ;;
        --) shift; break ;;
        *) break ;;
    esac
done
if [ -n "$BG" ]; then desk_start "$BG" "$@"; else desk "$@"; fi
