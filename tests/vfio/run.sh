#!/bin/bash
# The story of passthrough on a machine with a real IOMMU: QEMU without KVM, Debian's kernel, this computer's own root file
# system read-only below a copy-on-write layer, and in it the real D-Bus, polkitd, libvirtd and this service.
#   run.sh [--out DIR] [--timeout SECONDS] [--systemd] [COMMAND [ARGUMENT...]]     (default: story.sh)
# With --systemd it has a graphics card, a desktop and systemd (systemd.sh), and no daemon runs that the command does not start.
# Prints what the command prints and ends with its code; 124 if it took too long.
# shellcheck source=../lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"
# shellcheck source=../lab/mkroot.sh
. "$LAB_DIR/mkroot.sh"
need_root
HERE=$(cd "$(dirname "$0")" && pwd)
FIRST=inside.sh OUT='' LIMIT=${VFIO_TIMEOUT:-900} MEMORY=2048
while [ $# -gt 0 ]; do
    case $1 in
        --out) OUT=$2; shift 2 ;;
        --timeout) LIMIT=$2; shift 2 ;;
        --systemd) FIRST=systemd.sh; shift ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || set -- "$HERE/story.sh"
# The machine has another directory.
[ ! -f "$1" ] || set -- "$(realpath "$1")" "${@:2}"
lab_install "${LAB_PACKAGES[@]}" >&2
BINARY=$(realpath "${BINARY:-${CARGO_TARGET_DIR:-$HERE/../../target}/release/kvm-managerd}")
[ -x "$BINARY" ] || die "no $BINARY; build it first"
DRIVER=${KVMLAB_DRIVER:-}
if [ -z "$DRIVER" ]; then # the lab's test program, for what busctl cannot do
    (cd "$HERE/../.." && cargo build --quiet --locked -p kvm-manager-tests --bin kvm-manager-lab) || die "the test program could not be built"
    DRIVER=$(realpath "${CARGO_TARGET_DIR:-$HERE/../../target}/debug/kvm-manager-lab")
fi
KERNEL=$("$LAB_DIR/kernel.sh")
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
[ -n "$OUT" ] || OUT=$SCRATCH/out
mkdir -p "$OUT"
rm -f "$OUT/code"

# The first program: the shares, the layer over them, and on to the second.
ROOT=$SCRATCH/first
mkdir -p "$ROOT"/{proc,sys,dev,host,layer,new,out}
put_busybox "$ROOT"
put_modules "$ROOT" "$KERNEL" 9pnet_virtio 9p overlay virtio_pci
cat >"$ROOT/init" <<'E'
#!/bin/busybox sh
export PATH=/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module" 2>/dev/null; done </etc/modules.order
o=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "ro,cache=loose,$o" host /host || poweroff -f
mount -t 9p -o "rw,cache=none,$o" out /out
mount -t tmpfs -o size=50% layer /layer; mkdir /layer/up /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/up,workdir=/layer/work root /new
. /out/settings
mkdir -p /new/run /new/tmp /new/proc /new/sys /new/dev
mount -t tmpfs -o mode=755 run /new/run
mkdir -p /new/run/out; mount --move /out /new/run/out
mount --move /proc /new/proc; mount --move /sys /new/sys; mount --move /dev /new/dev
mkdir -p /new/usr/lib/modules; ln -sfn "$KERNEL/lib/modules/$(uname -r)" "/new/usr/lib/modules/$(uname -r)"
exec switch_root /new /bin/bash /run/out/first.sh
E
chmod 755 "$ROOT/init" "$ROOT"
pack "$ROOT" "$SCRATCH/initrd.gz"
printf 'KERNEL=%q\nBINARY=%q\nDRIVER=%q\nPROJECT=%q\n' "$KERNEL" "$BINARY" "$DRIVER" "$(cd "$HERE/../.." && pwd)" >"$OUT/settings"
printf '%q ' "$@" >"$OUT/command"
cp "$HERE/$FIRST" "$OUT/first.sh"

port() { # port NUMBER SLOT : a root port, behind which the next device is alone
    printf '%s\n' -device "pcie-root-port,bus=pcie.0,id=port$1,chassis=$1,slot=$1,addr=$2"
}
machine=(-nodefaults -no-user-config -display none -no-reboot
    -machine "q35,kernel-irqchip=split" -accel "tcg,thread=multi" -cpu max -smp "2,sockets=2" -m "$MEMORY"
    -device "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"
    -kernel "$KERNEL/vmlinuz" -initrd "$SCRATCH/initrd.gz"
    -append "console=ttyS0 quiet loglevel=3 intel_iommu=on iommu=pt no_timer_check mitigations=off audit=0 panic=-1 ${VFIO_NODES:+hugepagesz=1G hugepages=0:1}"
    -serial "file:$OUT/console.log"
    -fsdev "local,id=host,path=/,security_model=passthrough,readonly=on,multidevs=remap"
    -device "virtio-9p-pci,bus=pcie.0,fsdev=host,mount_tag=host"
    -fsdev "local,id=out,path=$OUT,security_model=passthrough,multidevs=remap"
    -device "virtio-9p-pci,bus=pcie.0,fsdev=out,mount_tag=out")
# For nodes.sh, if VFIO_NODES is set: two nodes, with memory that this computer gives when it is touched.
if [ -n "${VFIO_NODES:-}" ]; then
    machine+=(-m 10G -object "memory-backend-ram,id=memory0,size=6656M" -object "memory-backend-ram,id=memory1,size=3584M"
        -numa "node,nodeid=0,cpus=0,memdev=memory0" -numa "node,nodeid=1,cpus=1,memdev=memory1")
fi
# Its own monitor as a serial port, over which it pulls out and plugs in what is its own.
machine+=(-chardev "socket,id=monitor,path=$SCRATCH/monitor,server=on,wait=off" -mon "chardev=monitor,mode=readline"
    -chardev "socket,id=port,path=$SCRATCH/monitor" -serial "chardev:port")
# Alone in its group, with a ROM: one image of 1 KiB that says so itself.
{
    printf '\x55\xaa\x02' && head -c 21 /dev/zero && printf '\x1c\x00\x00\x00'
    printf 'PCIR\x86\x80\xd3\x10\x00\x00\x18\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x80\x00\x00' && head -c 972 /dev/zero | tr '\0' R
} >"$SCRATCH/card.rom"
mapfile -t more < <(port 1 10.0)
machine+=("${more[@]}" -device "e1000e,romfile=$SCRATCH/card.rom,bus=port1")
cp "$SCRATCH/card.rom" "$OUT/"
# Two functions in one group.
mapfile -t more < <(port 2 11.0)
machine+=("${more[@]}" -device "e1000e,romfile=,bus=port2,addr=0.0,multifunction=on" -device "e1000e,romfile=,bus=port2,addr=0.1")
# Two cards behind an old bridge: one group, with the bridge.
mapfile -t more < <(port 3 12.0)
machine+=("${more[@]}" -device "pcie-pci-bridge,id=old,bus=port3"
    -device "e1000,romfile=,bus=old,addr=1" -device "e1000,romfile=,bus=old,addr=2")
# A disk that is mounted.
truncate -s 64M "$SCRATCH/disk"
mkfs.ext4 -q "$SCRATCH/disk"
mapfile -t more < <(port 4 13.0)
machine+=("${more[@]}" -drive "if=none,id=disk,format=raw,file=$SCRATCH/disk" -device "nvme,serial=disk,drive=disk,bus=port4")
# For small.sh, if VFIO_SMALL is set: a controller with two namespaces that nobody uses, a keyboard and a mouse beside those of the board, and a SCSI adapter with a disk
# and an optical drive.
# Otherwise USB for usb.sh: two sticks of one kind that differ by their serial numbers, a tablet, and the only keyboard.
if [ -n "${VFIO_SMALL:-}" ]; then
    truncate -s 16M "$SCRATCH/namespace1" "$SCRATCH/namespace2"
    mapfile -t more < <(port 6 16.0)
    machine+=("${more[@]}" -device "nvme,id=free,serial=free,bus=port6"
        -drive "if=none,id=namespace1,format=raw,file=$SCRATCH/namespace1" -device "nvme-ns,drive=namespace1,bus=free,nsid=1"
        -drive "if=none,id=namespace2,format=raw,file=$SCRATCH/namespace2" -device "nvme-ns,drive=namespace2,bus=free,nsid=2"
        -device "qemu-xhci,id=small,bus=pcie.0,addr=17.0" -device "usb-kbd,bus=small.0,serial=KEYS" -device "usb-mouse,bus=small.0,serial=MICE")
    truncate -s 16M "$SCRATCH/platter" "$SCRATCH/disc"
    mkfs.ext4 -q "$SCRATCH/platter"
    machine+=(-device "virtio-scsi-pci,id=scsi,bus=pcie.0,addr=18.0"
        -drive "if=none,id=platter,format=raw,file=$SCRATCH/platter" -device "scsi-hd,bus=scsi.0,scsi-id=0,drive=platter,serial=DISK0,wwn=0x5000c50012345678"
        -drive "if=none,id=disc,media=cdrom,format=raw,readonly=on,file=$SCRATCH/disc" -device "scsi-cd,bus=scsi.0,scsi-id=1,drive=disc")
else
    machine+=(-machine i8042=off)
    truncate -s 16M "$SCRATCH/red" "$SCRATCH/blue"
    mkfs.ext4 -q "$SCRATCH/red"
    machine+=(-device "qemu-xhci,id=xhci,bus=pcie.0,addr=16.0,p2=5,p3=5"
        -blockdev "raw,node-name=red,file.driver=file,file.filename=$SCRATCH/red" -device "usb-storage,id=stick,bus=xhci.0,port=1,serial=RED1,drive=red"
        -drive "if=none,id=blue,format=raw,file=$SCRATCH/blue" -device "usb-storage,bus=xhci.0,port=2,serial=BLUE2,drive=blue"
        -device "usb-tablet,bus=xhci.0,port=3,serial=PEN3" -device "usb-kbd,bus=xhci.0,port=4,serial=KEYS4")
fi
# A card with virtual functions. They come without anything of the card's: no driver of the host's could use them.
mapfile -t more < <(port 5 14.0)
machine+=("${more[@]}" -device "nvme-subsys,id=card" -device "nvme,serial=card,subsys=card,bus=port5,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4")
if [ "$FIRST" = systemd.sh ]; then # the screen that the firmware starts on
    mapfile -t more < <(port 6 15.0)
    machine+=("${more[@]}" -device "VGA,bus=port6")
fi

timeout --kill-after=5 "$LIMIT" qemu-system-x86_64 "${machine[@]}" >"$OUT/qemu.log" 2>&1 </dev/null || true
[ ! -e "$OUT/output" ] || cat "$OUT/output"
if [ -s "$OUT/code" ]; then exit "$(cat "$OUT/code")"; fi
tail -n 20 "$OUT/qemu.log" "$OUT/console.log" >&2 || true
exit 124
