#!/bin/bash
# Starts a lab host: a copy-on-write clone of this machine's root with its own systemd, logind,
# D-Bus system bus, polkitd, libvirtd and network.
#   up.sh [--name a] [--bind DIR]... [--size 8G] [--no-install]
# Prints export lines. A host that is up is left as it is. See README.md.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
NAME=a SIZE=${KVMLAB_SIZE:-8G} INSTALL=1 BINDS=()
while [ $# -gt 0 ]; do
    case $1 in
        --name) NAME=$2; shift 2 ;;
        --bind) BINDS+=("$(realpath "$2")"); shift 2 ;;
        --size) SIZE=$2; shift 2 ;;
        --no-install) INSTALL=0; shift ;;
        *) die "unknown option $1" ;;
    esac
done
[[ $NAME =~ ^[a-z][a-z0-9]{0,9}$ ]] || die "bad name '$NAME'"
STATE=$LAB_STATE/$NAME
ROOT=$STATE/cow/root

print_env() {
    local leader
    leader=$(lab_leader "$NAME")
    cat <<E
export KVMLAB_NAME=$NAME
export KVMLAB_LEADER=$leader
export KVMLAB_EXEC="$LAB_DIR/exec.sh --name $NAME"
export KVMLAB_ROOT=/proc/$leader/root
export KVMLAB_LIBVIRT_URI="qemu+unix:///system?socket=/proc/$leader/root/run/libvirt/libvirt-sock"
E
}

clone_root() {
    mkdir -p "$STATE/cow" "$LAB_STATE/shared"
    chmod 755 "$LAB_STATE" "$STATE"
    chmod 1777 "$LAB_STATE/shared"
    mount -t tmpfs -o "size=$SIZE,mode=755" "kvmlab-$NAME" "$STATE/cow"
    mkdir -p "$STATE"/cow/{up,work,root}
    mount -t overlay "kvmlab-$NAME" -o "lowerdir=/,upperdir=$STATE/cow/up,workdir=$STATE/cow/work" "$ROOT" ||
        die "cannot put an overlay on this machine's root file system"
}

# Its own identity, and nothing of what this machine's libvirt knows.
clean_slate() {
    local id
    id=$(</proc/sys/kernel/random/uuid)
    rm -f "$ROOT"/etc/{machine-id,hostname,hosts}
    echo "${id//-/}" >"$ROOT/etc/machine-id"
    echo "lab-$NAME" >"$ROOT/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 lab-%s\n' "$NAME" >"$ROOT/etc/hosts"
    rm -rf "$ROOT"/var/lib/libvirt/{qemu,dnsmasq,images} "$ROOT"/var/{log,cache}/libvirt "$ROOT/var/log/journal" \
        "$ROOT"/etc/libvirt/{qemu,storage,secrets} "$ROOT/var/lib/kvm-manager"
    install -d "$ROOT/etc/libvirt/qemu/networks/autostart" "$ROOT/etc/libvirt/storage/autostart" "$ROOT/var/lib/libvirt/dnsmasq"
    install -d -m 711 "$ROOT/var/lib/libvirt/images"
    install -d -m 750 -o libvirt-qemu -g libvirt-qemu "$ROOT/var/lib/libvirt/qemu"
    # What QEMU can do takes libvirt 20 s to find out; it checks itself whether the answer is still valid.
    if [ -d "$LAB_CACHE/capabilities" ]; then
        install -d "$ROOT/var/cache/libvirt"
        cp -a "$LAB_CACHE/capabilities" "$ROOT/var/cache/libvirt/qemu"
    fi
    cp /usr/share/libvirt/networks/default.xml "$ROOT/etc/libvirt/qemu/networks/default.xml"
    ln -s ../default.xml "$ROOT/etc/libvirt/qemu/networks/autostart/default.xml"
    cat >"$ROOT/etc/libvirt/storage/default.xml" <<E
<pool type='dir'><name>default</name><uuid>$(</proc/sys/kernel/random/uuid)</uuid>
<target><path>/var/lib/libvirt/images</path></target></pool>
E
    ln -s ../default.xml "$ROOT/etc/libvirt/storage/autostart/default.xml"
    sed -i '/^host_uuid/d' "$ROOT/etc/libvirt/libvirtd.conf"
    printf 'host_uuid = "%s"\n' "$(</proc/sys/kernel/random/uuid)" >>"$ROOT/etc/libvirt/libvirtd.conf"
}

# /sys and /proc/sys are shared with this machine, so nothing that sets sysctls or loads modules.
choose_units() {
    local unit dir=$ROOT/etc/systemd/system
    rm -rf "$dir"/*.wants "$dir"/dbus-org.freedesktop.timesync1.service
    for unit in systemd-{sysctl,modules-load,udevd,udev-trigger,udev-settle,timesyncd,resolved,networkd,pstore}.service \
        systemd-{random-seed,binfmt,journal-flush,hwdb-update,update-utmp,update-utmp-runlevel}.service \
        modprobe@.service systemd-{remount-fs,sysusers,machine-id-commit,firstboot}.service systemd-journald-audit.socket \
        libvirt-guests.service console-getty.service getty@tty1.service dev-hugepages.mount e2scrub_reap.service ldconfig.service; do
        ln -sf /dev/null "$dir/$unit"
    done
    mkdir -p "$dir"/{multi-user,sockets}.target.wants
    for unit in libvirtd libvirtd-ro libvirtd-admin virtlogd virtlockd; do
        [ ! -e "$ROOT/lib/systemd/system/$unit.socket" ] ||
            ln -sf "/lib/systemd/system/$unit.socket" "$dir/sockets.target.wants/$unit.socket"
    done
    ln -sf /lib/systemd/system/libvirtd.service "$dir/multi-user.target.wants/libvirtd.service"
    ln -sf /lib/systemd/system/multi-user.target "$dir/default.target"
}

# kvmlab-admin: sudo. kvmlab-libvirt: libvirt. kvmlab-user, kvmlab-other: nothing special.
# The password is the name.
add_users() {
    chroot "$ROOT" /bin/sh -e <<'E'
for u in admin libvirt user other; do
    id "kvmlab-$u" >/dev/null 2>&1 || useradd -m -s /bin/bash "kvmlab-$u"
    echo "kvmlab-$u:kvmlab-$u" | chpasswd
done
usermod -aG sudo kvmlab-admin
usermod -aG libvirt kvmlab-libvirt
E
}

# Own cgroup in every hierarchy (v1, hybrid or v2): nspawn's cgroup namespace then hides the rest
# of the machine, and libvirt's tuning works for real.
enter_cgroups() {
    local mount group
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | sort -u | while read -r mount; do
        group=$mount/kvmlab-$NAME
        mkdir -p "$group" 2>/dev/null || continue
        if [ -e "$group/cpuset.mems" ] && [ -e "$group/tasks" ]; then
            cat "$mount/cpuset.cpus" >"$group/cpuset.cpus"
            cat "$mount/cpuset.mems" >"$group/cpuset.mems"
        fi
        # A hierarchy that refuses is one that libvirt does without.
        echo "$1" >"$group/cgroup.procs" || true
    done
}

boot() {
    local device dir args=(--quiet --register=no --keep-unit --boot --kill-signal=SIGRTMIN+4 --directory="$ROOT"
        --machine="lab-$NAME" --hostname="lab-$NAME" --private-network --capability=all --resolv-conf=off
        --timezone=off --link-journal=no --bind="$LAB_CACHE:/var/cache/kvm-manager-lab"
        --bind="$LAB_STATE/shared:/srv/lab-shared" --property=DevicePolicy=auto)
    # Not /dev/kvm: guests are emulated everywhere alike.
    for device in /dev/net/tun /dev/vfio /dev/loop-control /dev/fuse /dev/vhost-net; do
        [ ! -e "$device" ] || args+=(--bind="$device")
    done
    for dir in "${BINDS[@]}"; do args+=(--bind="$dir"); done
    (
        exec 9>&- # the lock is not the host's
        enter_cgroups "$BASHPID"
        # /sys and /proc/sys writable inside: needed for hugepages and driver_override.
        export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes SYSTEMD_LOG_LEVEL=notice
        exec setsid systemd-nspawn "${args[@]}" </dev/null >"$STATE/console.log" 2>&1
    ) &
    NSPAWN=$!
    record_process "$STATE/nspawn" "$NSPAWN"
}

# The child that is process 1 of a pid namespace of its own.
find_leader() {
    local child children=()
    [ -d "/proc/$NSPAWN" ] || die "nspawn ended: $(tail -n 5 "$STATE/console.log")"
    read -ra children <"/proc/$NSPAWN/task/$NSPAWN/children" || true
    for child in "${children[@]}"; do
        [ "$(awk '/^NSpid:/ { print $NF }' "/proc/$child/status" 2>/dev/null)" = 1 ] || continue
        [ "$(cat "/proc/$child/comm")" = systemd ] || return 1
        record_process "$STATE/leader" "$child"
        return 0
    done
    return 1
}

# "degraded" is up too: this machine may have units that cannot work in a clone.
booted() { [[ $(lab_in "$NAME" timeout 20 systemctl is-system-running --wait 2>/dev/null) =~ ^(running|degraded)$ ]]; }

open_cgroups() {
    # shellcheck disable=SC2016
    lab_in "$NAME" sh -c '
        for c in /sys/fs/cgroup/*; do mountpoint -q "$c" && mount -o remount,rw,bind "$c"; mount -o remount,rw "$c"; done
        mkdir -p /dev/hugepages; mountpoint -q /dev/hugepages || mount -t hugetlbfs hugetlbfs /dev/hugepages
        exit 0' >/dev/null 2>&1
}

give_up() {
    local code=$?
    [ $code != 0 ] || return 0
    [ ! -e "$STATE/console.log" ] || tail -n 30 "$STATE/console.log" >&2
    "$LAB_DIR/down.sh" --locked --name "$NAME" >&2 || true
    exit $code
}

lab_lock
if lab_leader "$NAME" >/dev/null; then
    log "host '$NAME' is already up"
    print_env
    exit 0
fi
[ "$INSTALL" = 0 ] || lab_install "${LAB_PACKAGES[@]}"
"$LAB_DIR/down.sh" --locked --name "$NAME" >/dev/null 2>&1
trap give_up EXIT
trap 'exit 130' INT TERM
clone_root
clean_slate
choose_units
add_users
boot
wait_for 30 find_leader || die "nspawn did not start"
wait_for 60 booted || die "systemd did not finish booting"
open_cgroups
lab_in "$NAME" timeout 60 systemctl start libvirtd || die "libvirtd did not start"
wait_for 30 lab_in "$NAME" timeout 10 virsh -q -c qemu:///system version || die "libvirtd does not answer"
log "host '$NAME' is up ($(lab_in "$NAME" systemctl is-system-running || true))"
print_env
