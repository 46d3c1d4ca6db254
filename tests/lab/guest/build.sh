#!/bin/bash
# Builds the test guest: Debian's kernel and a busybox initramfs with qemu-guest-agent.
#   build.sh [--add FILE:DEST]... [--name guest]
# Result in the cache: NAME/vmlinuz, NAME/initrd.gz, NAME/data.qcow2; prints the directory.
# What is up to date is left as it is, unless --add is given: those files are copied in with
# their shared libraries. An executable /etc/kvmlab/boot.d/* is run at boot.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../mkroot.sh
. "$LAB_DIR/mkroot.sh"
ADD=() NAME=guest
while [ $# -gt 0 ]; do
    case $1 in
        --add) ADD+=("$2"); shift 2 ;;
        --name) NAME=$2; shift 2 ;;
        *) die "unknown option $1" ;;
    esac
done
need_root
lab_install "${LAB_PACKAGES[@]}" >&2
lab_lock
K=$("$LAB_DIR/kernel.sh")
O=$LAB_CACHE/$NAME
if [ ${#ADD[@]} = 0 ] && [ "$O/initrd.gz" -nt "$LAB_DIR/guest/build.sh" ] && [ "$O/initrd.gz" -nt "$LAB_DIR/mkroot.sh" ] &&
    [ "$O/initrd.gz" -nt "$K/.ok" ] && [ -e "$O/vmlinuz" ] && [ -e "$O/data.qcow2" ]; then
    echo "$O"
    exit 0
fi
R=$(mktemp -d)
trap 'rm -rf "$R"' EXIT
mkdir -p "$O" "$R"/{proc,sys,dev,run,tmp,root,etc/kvmlab/boot.d,var/run,var/log,mnt/data,home/lab}
chmod 755 "$R"
put_busybox "$R"
put_bin "$R" /usr/sbin/qemu-ga
# Each insmod costs real time under TCG: the early set is what the agent needs,
# the late set is loaded in the background afterwards.
put_modules "$R" "$K" virtio_pci virtio_console virtio_net virtio_blk ext4
mv "$R/etc/modules.order" "$R/etc/modules.early"
put_modules "$R" "$K" button evdev virtio_balloon virtio-rng virtio_scsi sd_mod sr_mod ahci e1000e nvme virtiofs \
    9pnet_virtio 9p isofs psmouse usb_storage uhci_hcd ehci_pci xhci_pci usbhid i6300esb tpm_crb tpm_tis virtio_mem \
    bochs virtio-gpu qxl vmw_vsock_virtio_transport
cat >"$R/etc/passwd" <<'E'
root:x:0:0:root:/root:/bin/sh
lab:x:1000:1000:lab:/home/lab:/bin/sh
E
printf 'root:x:0:\nlab:x:1000:\n' >"$R/etc/group"
# passwords: root/lab, lab/lab
chown 1000:1000 "$R/home/lab"
h=$(openssl passwd -6 -salt kvmlab lab)
printf 'root:%s:19000:0:99999:7:::\nlab:%s:19000:0:99999:7:::\n' "$h" "$h" >"$R/etc/shadow"
chmod 600 "$R/etc/shadow"
cat >"$R/etc/os-release" <<'E'
NAME="KVM Manager lab guest"
ID=kvmlab
VERSION_ID="1"
PRETTY_NAME="KVM Manager lab guest 1"
E
echo '/dev/vda /mnt/data ext4 defaults 0 0' >"$R/etc/fstab"
cat >"$R/bin/udhcpc.sh" <<'E'
#!/bin/sh
case $1 in
deconfig) ip addr flush dev "$interface"; ip link set "$interface" up ;;
bound|renew)
    ip addr replace "$ip/${mask:-24}" dev "$interface"
    [ -z "$router" ] || ip route replace default via "${router%% *}" dev "$interface"
    : >/etc/resolv.conf; for d in $dns; do echo "nameserver $d" >>/etc/resolv.conf; done ;;
esac
E
# qemu-ga runs /sbin/shutdown -h|-P|-H|-r +0
cat >"$R/sbin/shutdown" <<'E'
#!/bin/sh
sync; umount /mnt/data 2>/dev/null
case "$*" in *-r*) reboot -f ;; *-H*) halt -f ;; *) poweroff -f ;; esac
E
mkdir -p "$R/etc/acpi/PWRF"
printf '#!/bin/sh\nshutdown -P\n' >"$R/etc/acpi/PWRF/00000080"
# qemu-ga's set-user-password pipes user:password into chpasswd [-e]
cat >"$R/usr/sbin/chpasswd" <<'E'
#!/bin/sh
while IFS=: read -r u p; do
    [ "$1" = -e ] || p=$(mkpasswd -m sha512 "$p") || exit 1
    grep -q "^$u:" /etc/shadow || exit 1
    awk -F: -v OFS=: -v u="$u" -v p="$p" '$1==u{$2=p}{print}' /etc/shadow >/etc/shadow.new || exit 1
    mv /etc/shadow.new /etc/shadow; chmod 600 /etc/shadow
done
E
cat >"$R/sbin/agent-echo" <<'E'
#!/bin/sh
# stands in for KVM Manager's own agent: answers each line on its port
# (a virtio port reads as end-of-file while nobody is connected on the host)
exec 3<>"$1"
while :; do
    while read -r line <&3; do echo "echo $line" >&3; done
    sleep 0.2
done
E
cat >"$R/init" <<'E'
#!/bin/busybox sh
export PATH=/sbin:/bin:/usr/sbin:/usr/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs run /run; mount -t tmpfs tmp /tmp
echo 1 >/proc/sys/kernel/printk
while read -r m; do insmod /modules/$m 2>/dev/null; done </etc/modules.early
h=lab-guest
for w in $(cat /proc/cmdline); do case $w in kvmlab.host=*) h=${w#*=} ;; esac; done
hostname "$h"; echo "$h" >/etc/hostname; printf '127.0.0.1 localhost %s\n' "$h" >/etc/hosts
ip link set lo up
[ ! -b /dev/vda ] || mount -t ext4 /dev/vda /mnt/data
for n in /sys/class/net/*; do
    i=${n##*/}; [ "$i" = lo ] && continue
    ip link set "$i" up
    udhcpc -b -t 5 -T 1 -i "$i" -x hostname:"$h" -s /bin/udhcpc.sh -p /run/udhcpc.$i.pid >/dev/null 2>&1 &
done
mkdir -p /dev/virtio-ports
for p in /sys/class/virtio-ports/*; do
    [ -e "$p/name" ] && n=$(cat "$p/name") && [ -n "$n" ] && ln -sf "/dev/${p##*/}" "/dev/virtio-ports/$n"
done
[ ! -e /dev/virtio-ports/org.qemu.guest_agent.0 ] ||
    qemu-ga -d -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /run -l /var/log/qemu-ga.log
if [ -x /usr/bin/kvm-manager-guest-agent ]; then
    setsid /usr/bin/kvm-manager-guest-agent >/var/log/agent.log 2>&1 &
elif [ -e /dev/virtio-ports/org.kvmmanager.agent.0 ]; then
    setsid agent-echo /dev/virtio-ports/org.kvmmanager.agent.0 &
fi
for s in /etc/kvmlab/boot.d/*; do [ ! -x "$s" ] || "$s"; done
( while read -r m; do insmod /modules/$m 2>/dev/null; done </etc/modules.order
  acpid -l /var/log/acpid.log   # power button -> /etc/acpi/PWRF/00000080
  echo "KVMLAB-GUEST-SETTLED" >/dev/kmsg ) &
echo "KVMLAB-GUEST-READY $h up=$(cut -d' ' -f1 /proc/uptime)" >/dev/console
[ ! -e /dev/tty1 ] || ( while :; do setsid getty 38400 tty1; sleep 1; done ) &
while :; do setsid getty -L 115200 ttyS0 vt100; sleep 1; done
E
chmod 755 "$R/init" "$R/bin/udhcpc.sh" "$R/sbin/shutdown" "$R/sbin/agent-echo" \
    "$R/usr/sbin/chpasswd" "$R/etc/acpi/PWRF/00000080"
for a in "${ADD[@]}"; do
    put_bin "$R" "${a%%:*}" "${a#*:}"
done
cp "$K/vmlinuz" "$O/vmlinuz"
if [ ! -e "$O/data.qcow2" ]; then
    truncate -s 64M "$O/data.raw"
    mke2fs -q -t ext4 -L kvmlab-data "$O/data.raw"
    qemu-img convert -O qcow2 "$O/data.raw" "$O/data.qcow2.new"
    mv "$O/data.qcow2.new" "$O/data.qcow2"
    rm -f "$O/data.raw"
fi
pack "$R" "$O/initrd.gz"
chmod 755 "$LAB_CACHE" "$O"
chmod 644 "$O"/*
log "guest: kernel $(stat -c %s "$O/vmlinuz") + initrd $(stat -c %s "$O/initrd.gz") bytes"
echo "$O"
