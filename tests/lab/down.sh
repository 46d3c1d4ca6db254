#!/bin/bash
# Stops a lab host and drops everything it wrote.  down.sh [--name a | --all]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
NAME=a LOCKED=0 ALL=0
while [ $# -gt 0 ]; do
    case $1 in
        --name) NAME=$2; shift 2 ;;
        --all) ALL=1; shift ;;
        --locked) LOCKED=1; shift ;; # the caller, up.sh, holds the lock
        *) die "unknown option $1" ;;
    esac
done

# Ends one process; the kernel takes everything in a pid namespace down with its process 1.
end() { # end FILE SIGNAL
    ! same_process "$1" || kill -s "$2" "$(<"$1")" 2>/dev/null || true # it may have ended by itself
}
gone() { ! same_process "$STATE/nspawn"; }

stop() {
    STATE=$LAB_STATE/$1
    [ -d "$STATE" ] || return 0
    end "$STATE/leader" RTMIN+4
    wait_for 15 gone || end "$STATE/leader" KILL
    wait_for 5 gone || end "$STATE/nspawn" KILL
    local mount group lock=''
    ! mountpoint -q "$STATE/cow/root" || lock=$(stat -c '%d %i' "$STATE/cow/root" | xargs printf 'inode-%x:%x')
    for mount in "$STATE/cow/root" "$STATE/cow"; do
        while mountpoint -q "$mount"; do umount "$mount" 2>/dev/null || umount -l "$mount" || break; done
    done
    for group in /sys/fs/cgroup/*/"kvmlab-$1" "/sys/fs/cgroup/kvmlab-$1"; do
        [ ! -d "$group" ] || wait_for 5 remove_groups "$group" || log "left behind: $group"
    done
    rm -rf "$STATE"
    # What nspawn leaves behind; other containers' are not empty.
    [ -z "$lock" ] || rm -f "/run/systemd/nspawn/locks/$lock"
    rmdir /run/systemd/nspawn/{unix-export,propagate}/"lab-$1" 2>/dev/null || true
    rmdir /run/systemd/nspawn/{unix-export,propagate,locks} /run/systemd/nspawn 2>/dev/null || true
    log "host '$1' is down"
}

# The kernel lets a group go a moment after its last process.
remove_groups() {
    find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
    [ ! -d "$1" ]
}

[ $LOCKED = 1 ] || lab_lock
if [ $ALL = 1 ]; then
    for host in "$LAB_STATE"/*/nspawn; do [ ! -e "$host" ] || stop "$(basename "$(dirname "$host")")"; done
else
    stop "$NAME"
fi
[ ! -d "$LAB_STATE" ] || [ -n "$(find "$LAB_STATE" -mindepth 2 -maxdepth 2 -name nspawn -print -quit)" ] || rm -rf "${LAB_STATE:?}"
