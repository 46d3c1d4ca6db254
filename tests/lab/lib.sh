# shellcheck shell=bash
# What the scripts of the lab share. Source it, don't run it.
set -euo pipefail

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_STATE=${KVMLAB_STATE:-/run/kvm-manager-lab}
LAB_CACHE=${KVMLAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kvm-manager-lab}
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin
export PATH LAB_DIR LAB_STATE LAB_CACHE

# shellcheck source=../../scripts/packages.sh
. "$LAB_DIR/../../scripts/packages.sh"

log() { printf 'lab: %s\n' "$*" >&2; }
die() { log "error: $*"; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "run as root"; }

# shellcheck disable=SC2034  # used by the scripts that source this
LAB_PACKAGES=(systemd systemd-container libpam-systemd dbus dbus-user-session polkitd pkexec
    libvirt-daemon-system libvirt-clients libvirt-daemon-driver-qemu qemu-system-x86 qemu-utils
    ovmf swtpm swtpm-tools dnsmasq-base iptables iproute2 busybox-static cpio e2fsprogs openssl
    util-linux libxml2-utils socat procps expect jq kmod udev qemu-guest-agent)

# lab_install PACKAGE... : installs what is missing; the lab's host and guest are Debian's.
lab_install() {
    command -v apt-get >/dev/null || die "the lab needs Debian or one of its kin (apt-get)"
    mkdir -p "$LAB_CACHE"
    apt_install "$LAB_CACHE/apt.log" "$@" || die "packages are missing (log: $LAB_CACHE/apt.log)"
}

# same_process FILE : the process recorded by record_process still lives.
same_process() {
    local pid
    [ -s "$1" ] && pid=$(<"$1") && [ -d "/proc/$pid/ns" ] &&
        [ "$(process_start "$pid")" = "$(cat "$1.start" 2>/dev/null)" ]
}

record_process() { # record_process FILE PID
    process_start "$2" >"$1.start"
    echo "$2" >"$1"
}

# The start time tells a process from a later one with the same number. Field 22; the name
# in field 2 may hold blanks.
process_start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# lab_leader NAME : number, in this namespace, of the lab host's process 1; fails when it is down.
lab_leader() {
    same_process "$LAB_STATE/$1/leader" || return 1
    cat "$LAB_STATE/$1/leader"
}

# lab_in NAME COMMAND... : runs as root inside the lab host.
lab_in() {
    local name=$1 pid
    shift
    pid=$(lab_leader "$name") || die "lab host '$name' is not up"
    nsenter -t "$pid" -m -u -i -n -p -C -r -w env -i \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" SYSTEMD_COLORS=0 "$@"
}

# wait_for SECONDS COMMAND... : until COMMAND succeeds. One run of it is bounded too.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# lab_lock : one script at a time changes the set of hosts. Held until the caller exits.
lab_lock() {
    mkdir -p "$LAB_CACHE"
    exec 9>"$LAB_CACHE/lock"
    flock -w 600 9 || die "another lab script holds $LAB_CACHE/lock"
}
