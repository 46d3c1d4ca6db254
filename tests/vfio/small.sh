#!/bin/bash
# The smaller things that machines get of their host, as they really are, inside the machine that run.sh starts: a keyboard and a mouse with the names that udev
# gives them, a namespace of an NVMe controller, which QEMU drives, and a SCSI disk and an optical drive, also when the numbers of the adapters have changed.
# shellcheck disable=SC2016,SC2154,SC2317  # functions are called through check, and by eval
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
virsh() { command virsh -q -c qemu:///system "$@"; }
HOST=/org/kvmmanager/Manager1/host
MACHINE=/org/kvmmanager/Manager1/machines/00000000_0000_4000_8000_000000000001
KEYBOARD=by-id/usb-QEMU_QEMU_USB_Keyboard_KEYS-event-kbd MOUSE=by-id/usb-QEMU_QEMU_USB_Mouse_MICE-event-mouse
define() {
    cat >/run/small.new <<E
<domain type='qemu'><name>small</name><uuid>00000000-0000-4000-8000-000000000001</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
E
    command virsh -q -c qemu:///system define /run/small.new
}
machine() { busctl --system --timeout=120 call "$NAME" "$MACHINE" "$NAME.Machine" "$1" 'a{sv}' 0; }
input() { # input METHOD NAMES...
    local method=$1
    shift
    local arguments=(1 inputs as $# "$@")
    [ "$method" = Detach ] && arguments+=(0) || arguments+=(1 grab-toggle s scrolllock)
    busctl --system --timeout=60 call "$NAME" "$MACHINE" "$NAME.Device" "$method" 'a{sv}a{sv}' "${arguments[@]}"
}
nvme() { # nvme METHOD ADDRESS NUMBER
    local options=(0)
    [ "$1" = Detach ] || options=(1 allow-no-reset b true)
    busctl --system --timeout=60 call "$NAME" "$MACHINE" "$NAME.Device" "$1" 'a{sv}a{sv}' 2 nvme-controller s "$2" nvme-namespace u "$3" "${options[@]}"
}
scsi() { # scsi METHOD ADDRESS
    busctl --system --timeout=120 call "$NAME" "$MACHINE" "$NAME.Device" "$1" 'a{sv}a{sv}' 1 scsi s "$2" 0
}
scsi_of() { # scsi_of TYPE : the address of the one that is no other's
    local device
    for device in /sys/bus/scsi/devices/[0-9]*; do
        if [ "$(cat "$device/type")" = "$1" ] && grep -q '^QEMU ' "$device/vendor"; then basename "$device"; fi
    done
}
generic() { ls "/sys/bus/scsi/devices/$1/scsi_generic"; }
adapter() { # adapter unbind|bind : the driver lets go of the SCSI adapter, or takes it
    echo "$ADAPTER" >"/sys/bus/virtio/drivers/virtio_scsi/$1"
}
lists() { # lists INTERFACE PROPERTY TEXT
    local all
    all=$(busctl --system --json=short get-property "$NAME" "$HOST" "$NAME.Host.$1" "$2")
    echo "$all"
    [[ $all == *"$3"* ]]
}
same_definition() { virsh dumpxml --inactive small | diff - /run/small.xml; }
process() { cat /run/libvirt/qemu/small.pid; }
holds() { # holds PATTERN : QEMU has such a file open
    local found
    found=$(readlink "/proc/$(process)/fd"/*)
    echo "$found"
    grep -q "$1" <<<"$found"
}
blocks() { # blocks TEXT : QEMU says so of its disks
    local found
    found=$(virsh qemu-monitor-command small --hmp 'info block -v')
    echo "$found"
    [[ $found == *"$1"* ]]
}
with_serial() { # with_serial SERIAL : the name of the controller
    grep -ls "^$1 *\$" /sys/class/nvme/nvme*/serial | cut -d / -f 5
}
has_disk() { # has_disk SERIAL NAMESPACE
    local name
    name=$(with_serial "$1") && [ -b "/dev/${name}n$2" ]
}

mkdir -p /run/mounted
check "the disks are there" until_true 60 eval 'has_disk disk 1 && has_disk free 2'
check "one is mounted" mount -t ext4 "/dev/$(with_serial disk)n1" /run/mounted
FREE=$(basename "$(readlink -f "/sys/class/nvme/$(with_serial free)/device")")
check "libvirt is there" until_true 120 virsh version
check "the service starts" start
check "a machine is defined" define
virsh dumpxml --inactive small >/run/small.xml
check "it is on the bus" until_true 20 busctl --system introspect "$NAME" "$MACHINE" "$NAME.Device"

check "the keyboard has the name of udev's" until_true 60 lists Input Devices "$KEYBOARD"
check "so has the mouse" until_true 60 lists Input Devices "$MOUSE"
check "a path is refused" refuses inputs input Attach /dev/input/event0
check "what is not listed is refused" refuses 'o such input' input Attach by-id/usb-Nobody-event-kbd
check "its definition is as before" same_definition
check "both are given" input Attach "$KEYBOARD" "$MOUSE"
check "it starts with them" machine Start
check "QEMU has the keyboard" holds "/dev/input/event"
check "it stops" machine ForceOff
check "both are taken away" input Detach "$KEYBOARD" "$MOUSE"
check "the definition is as before" same_definition

check "the namespaces are listed" lists Nvme Namespaces "${FREE//[:.]/_}"
check "the one with the mounted disk is refused" refuses "is mounted" nvme Attach "$DISK" 1
check "one that is not there is refused" refuses 'o such namespace' nvme Attach "$FREE" 3
check "its definition is as before" same_definition
check "the second namespace is given" nvme Attach "$FREE" 2
check "the controller has its driver" is "$FREE" nvme
check "it starts with it" machine Start
check "the controller is QEMU's" is "$FREE" vfio-pci
check "QEMU drives the namespace" blocks nvme
check "the controller of its disk is not bound" refuses "machine small" call "$FREE" Bind
check "it stops" machine ForceOff
check "the controller is the host's again" until_true 30 is "$FREE" nvme
check "the namespace is taken away" nvme Detach "$FREE" 2
check "and out of the definition" eval '! virsh dumpxml --inactive small | grep -q nvme'

check "the SCSI disk and drive are there" until_true 60 eval '[ -n "$(scsi_of 0)" ] && [ -n "$(scsi_of 5)" ]'
PLATTER=$(scsi_of 0) DRIVE=$(scsi_of 5)
ADAPTER=$(readlink -f "/sys/bus/scsi/devices/$PLATTER" | grep -o 'virtio[0-9]*' | head -n 1)
check "the disk is listed by its worldwide name" until_true 20 lists Scsi Devices '"naa.5000c50012345678"'
check "and the drive, of which the kernel reads no serial number, by its model" lists Scsi Devices '"model:QEMU/QEMU CD-ROM"'
check "the disk is mounted" mount -t ext4 "/dev/$(ls "/sys/bus/scsi/devices/$PLATTER/block")" /mnt
check "so it is refused" refuses "is mounted" scsi Attach "$PLATTER"
check "what is not there is refused" refuses 'o such SCSI' scsi Attach 77:0:0:0
umount /mnt
check "the disk is given" scsi Attach "$PLATTER"
check "the drive is given" scsi Attach "$DRIVE"
check "it starts with them" machine Start
check "QEMU has both" eval 'holds "/dev/$(generic "$PLATTER")$" && holds "/dev/$(generic "$DRIVE")$"'
check "the host shows whose they are" until_true 20 lists Scsi Devices active-machine
check "the drive is taken from it while it runs" scsi Detach "$DRIVE"
check "QEMU has it no more" eval '! holds "/dev/$(generic "$DRIVE")$"'
check "and given again" scsi Attach "$DRIVE"
check "QEMU has it" holds "/dev/$(generic "$DRIVE")\$"
check "it stops" machine ForceOff
check "the adapter is gone" adapter unbind
check "another takes its number" modprobe scsi_debug
check "with another disk at the address" until_true 30 grep -q '^Linux ' "/sys/bus/scsi/devices/$PLATTER/vendor"
check "the machine does not start with that" refuses "not there any more" machine Start
check "the adapter is back" adapter bind
check "with another number" until_true 60 eval '[ -n "$(scsi_of 0)" ] && [ -n "$(scsi_of 5)" ] && [ "$(scsi_of 0)" != "$PLATTER" ]'
check "the machine starts" machine Start
check "with the disk that was meant" eval 'holds "/dev/$(generic "$(scsi_of 0)")$" && ! holds "/dev/$(generic "$PLATTER")$"'
check "its definition says where it is" eval 'virsh dumpxml --inactive small | grep "scsi_host$(scsi_of 0 | cut -d : -f 1)"'
check "it stops" machine ForceOff
check "both are taken away" eval 'scsi Detach "$(scsi_of 0)" && scsi Detach "$(scsi_of 5)"'
check "and out of the definition" eval '! virsh dumpxml --inactive small | grep -e hostdev -e kvmmanager-scsi'
kill "$service"

echo "small: $passed passed, $failed failed"
[ "$failed" = 0 ]
