#!/bin/bash
# The smaller things that machines get of their host, as they really are, inside the machine that run.sh starts: a keyboard and a mouse with the names that udev
# gives them, and a namespace of an NVMe controller, which QEMU drives.
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
    local arguments=(1 devices as $# "$@")
    [ "$method" = Detach ] && arguments+=(0) || arguments+=(1 grab-toggle s scrolllock)
    busctl --system --timeout=60 call "$NAME" "$MACHINE" "$NAME.Input" "$method" 'a{sv}a{sv}' "${arguments[@]}"
}
nvme() { # nvme METHOD ADDRESS NUMBER
    local options=(0)
    [ "$1" = Detach ] || options=(1 allow-no-reset b true)
    busctl --system --timeout=60 call "$NAME" "$MACHINE" "$NAME.Nvme" "$1" 'a{sv}a{sv}' 2 controller s "$2" number u "$3" "${options[@]}"
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
check "it is on the bus" until_true 20 busctl --system introspect "$NAME" "$MACHINE" "$NAME.Input"

check "the keyboard has the name of udev's" until_true 60 lists Input Devices "$KEYBOARD"
check "so has the mouse" until_true 60 lists Input Devices "$MOUSE"
check "a path is refused" refuses devices input Attach /dev/input/event0
check "what is not listed is refused" refuses 'o such input' input Attach by-id/usb-Nobody-event-kbd
check "its definition is as before" same_definition
check "both are given" input Attach "$KEYBOARD" "$MOUSE"
check "it starts with them" machine Start
check "QEMU has the keyboard" holds "/dev/input/event"
check "it stops" machine ForceOff
check "both are taken away" input Detach "$KEYBOARD" "$MOUSE"
check "the definition is as before" same_definition

check "the namespaces are listed" lists Nvme Namespaces "${FREE//[:.]/_}"
check "the one with the mounted disk is refused" refuses protect nvme Attach "$DISK" 1
check "one that is not there is refused" refuses 'o such namespace' nvme Attach "$FREE" 3
check "its definition is as before" same_definition
check "the second namespace is given" nvme Attach "$FREE" 2
check "the controller has its driver" is "$FREE" nvme
check "it starts with it" machine Start
check "the controller is QEMU's" is "$FREE" vfio-pci
check "QEMU drives the namespace" blocks nvme
check "the controller of its disk is not bound" refuses protect call "$FREE" Bind
check "it stops" machine ForceOff
check "the controller is the host's again" until_true 30 is "$FREE" nvme
check "the namespace is taken away" nvme Detach "$FREE" 2
check "and out of the definition" eval '! virsh dumpxml --inactive small | grep -q nvme'
kill "$service"

echo "small: $passed passed, $failed failed"
[ "$failed" = 0 ]
