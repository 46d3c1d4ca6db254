#!/bin/bash
# USB devices that machines get, inside the machine that run.sh starts: libvirt, QEMU and the kernel's drivers are real. The
# guests are their firmware, which is enough: what they have, their QEMU says.
# shellcheck disable=SC2016,SC2034,SC2317  # functions are called through check, and by eval in the end
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
USB=/sys/bus/usb/devices
RED=2-1 BLUE=2-2 KEYS=1-4
virsh() { command virsh -q -c qemu:///system "$@"; }
path() { echo "/org/kvmmanager/Manager1/machines/00000000_0000_4000_8000_00000000000$1"; }
define() { # define NAME LAST_DIGIT
    cat >"/run/$1.new" <<X
<domain type='qemu'><name>$1</name><uuid>00000000-0000-4000-8000-00000000000$2</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc-q35-6.0'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='usb' model='qemu-xhci'/><memballoon model='none'/></devices></domain>
X
    virsh define "/run/$1.new"
}
machine() { busctl --system --timeout=120 call "$NAME" "$(path "$1")" "$NAME.Machine" "$2" 'a{sv}' 0; }
device() { # device DIGIT METHOD KEY VALUE OPTIONS...
    local digit=$1 method=$2 key=$3 value=$4
    shift 4
    busctl --system --timeout=120 call "$NAME" "$(path "$digit")" "$NAME.Device" "$method" 'a{sv}a{sv}' 1 "$key" s "$value" "${@:-0}"
}
rule() { # rule DIGIT KEY VALUE
    busctl --system --timeout=60 call "$NAME" "$(path "$1")" "$NAME.Device" AddUsbRule 'a{sv}a{sv}' 1 "$2" s "$3" 0
}
rules_say() { # rules_say DIGIT WORD
    busctl --system get-property "$NAME" "$(path "$1")" "$NAME.Device" UsbRules | grep "\"state\" s \"$2\""
}
has() { # has DIGIT SOURCE LIVE CONFIGURED
    busctl --system --json=short get-property "$NAME" "$(path "$1")" "$NAME.Device" HostDevices |
        jq -e --arg s "$2" --argjson l "$3" --argjson c "$4" '.data | any(.source.data == $s and .live.data == $l and .configured.data == $c)'
}
sees() { # sees NAME COUNT : so many sticks, as its QEMU says
    local found
    found=$(virsh qemu-monitor-command "$1" --hmp 'info usb' | grep -c 'QEMU USB HARDDRIVE')
    echo "the guest sees $found"
    [ "$found" = "$2" ]
}
place() { echo "$(($(cat "$USB/$1/busnum"))).$(cat "$USB/$1/devnum")"; }
usb_is() { [ "$(basename "$(readlink "$USB/$1:1.0/driver" 2>/dev/null || echo none)")" = "$2" ]; } # usb_is PORT DRIVER
block() { basename "$(echo "$USB/$1/$1:1.0"/host*/target*/*/block/sd*)"; }
same_definition() { [ -s "/run/$1.xml" ] && virsh dumpxml --inactive "$1" | diff - "/run/$1.xml"; }
ONLY_NOW=(1 configured b false)

check "the sticks are there" until_true 60 eval 'usb_is $RED usb-storage && usb_is $BLUE usb-storage && test -b /dev/$(block $RED)'
check "the keyboard is there" until_true 60 usb_is "$KEYS" usbhid
check "libvirt is there" until_true 120 virsh version
check "the service starts" start
check "two machines are defined" eval 'define one 1 && define two 2'
check "they are on the bus" until_true 20 eval 'machine 1 Start && machine 2 Start'
virsh dumpxml --inactive one >/run/one.xml
virsh dumpxml --inactive two >/run/two.xml

check "a user without the right is refused" refuses uthoriz setpriv --reuid=65534 --clear-groups \
    busctl --system call "$NAME" "$(path 1)" "$NAME.Device" Attach 'a{sv}a{sv}' 1 usb-port s "$RED" 0
check "nor may he make a rule" refuses uthoriz setpriv --reuid=65534 --clear-groups \
    busctl --system call "$NAME" "$(path 1)" "$NAME.Device" AddUsbRule 'a{sv}a{sv}' 1 usb-port s "$RED" 0
check "the only keyboard is refused" refuses "no keyboard" device 1 Attach usb-port "$KEYS"
check "and has its driver" usb_is "$KEYS" usbhid
check "two sticks of one kind are ambiguous" refuses "several devices" device 1 Attach usb-id 46f4:0001
mkdir -p /run/stick
check "a stick is mounted" mount -t ext4 "/dev/$(block "$RED")" /run/stick
check "and refused" refuses "is mounted" device 1 Attach usb-port "$RED"
check "by serial number, too" refuses "is mounted" device 1 Attach usb-serial RED1
umount /run/stick
check "nothing has changed" eval 'same_definition one && usb_is $RED usb-storage && sees one 0'

check "a stick goes into the running machine" device 1 Attach usb-serial RED1 "${ONLY_NOW[@]}"
check "its QEMU has it, and the host's driver has not" eval 'sees one 1 && ! usb_is $RED usb-storage'
check "the list says so" has 1 "$(place "$RED")" true false
check "another machine is refused" refuses "machine one" device 2 Attach usb-port "$RED"
check "unless it is handed over" device 2 Attach usb-port "$RED" 2 configured b false hand-over b true
check "then it is there, and only there" eval 'sees one 0 && sees two 1 && has 2 $(place $RED) true false'
check "it comes back" device 2 Detach usb-port "$RED"
check "and the driver has it again" until_true 20 usb_is "$RED" usb-storage
check "the disk is back" until_true 20 eval 'test -b /dev/$(block $RED)'
check "the definitions are as before" eval 'same_definition one && same_definition two'

check "now and with each start, resets off" device 1 Attach usb-port "$RED" 1 guest-reset s off
check "by its place, for it has a twin" has 1 "$(place "$RED")" true true
check "the definition says how" eval 'virsh dumpxml --inactive one | grep "startupPolicy=.optional. guestReset=.off."'
check "it goes out of both" device 1 Detach usb-port "$RED"
check "the definition is as before" same_definition one

check "a rule by serial number" rule 1 usb-serial RED1
check "gives it to the machine that runs" until_true 30 eval 'sees one 1 && rules_say 1 attached'
check "the machine starts anew" eval 'machine 1 ForceOff && until_true 20 usb_is $RED usb-storage && machine 1 Start'
check "and has it again" until_true 60 eval 'sees one 1 && rules_say 1 attached'
# The stick is pulled out of this computer, whose monitor is its second serial port.
stty -F /dev/ttyS1 raw -echo
exec 8<>/dev/ttyS1
cat <&8 >/run/monitor &
reader=$!
monitor() { printf '%s\n' "$*" >&8; }
monitor # ends what the port may have sent back of the monitor's own greeting before it was told not to
# QEMU lets go of a stick some time after the kernel has seen it go, and refuses it until then. A second one of the name it refuses, too.
plug() { # plug PORT [SERIAL]
    local tries
    for tries in {1..20}; do
        monitor "device_add usb-storage,id=stick,bus=xhci.0,port=$1,serial=${2:-RED1},drive=red"
        if until_true 2 test -e "$USB/${RED%-*}-$1"; then return 0; fi
        echo "not there after $tries"
    done
    return 1
}
gone() { [ ! -e "$USB/$1" ]; }
pull() { # pull PORT
    local tries
    for tries in 1 2 3; do
        monitor device_del stick
        if until_true 10 gone "$1"; then return 0; fi
        echo "still there after $tries"
    done
    return 1
}
check "the stick is pulled out of the running machine" eval 'pull $RED'
check "the rule waits for it" until_true 30 rules_say 1 waiting
check "it is plugged in again, and the machine has it" eval 'plug 1 && until_true 60 eval "has 1 \$(place $RED) true false && rules_say 1 attached && ! usb_is $RED usb-storage"'
check "once" sees one 1
check "in another port it is known by its serial number" eval 'pull $RED && plug 5 && until_true 60 eval "has 1 \$(place 2-5) true false && rules_say 1 attached"'
check "another stick in its port stays with the host" eval 'pull 2-5 && plug 1 OTHER9 && until_true 20 usb_is $RED usb-storage && until_true 30 rules_say 1 waiting && usb_is $RED usb-storage'
check "what is taken away and plugged in again is given again" eval 'pull $RED && plug 1 && until_true 60 rules_say 1 attached && device 1 Detach usb-port $RED && until_true 20 rules_say 1 released && pull $RED && plug 1 && until_true 60 eval "rules_say 1 attached && has 1 \$(place $RED) true false"'
check "it is pulled out while there is no service" eval 'kill -9 $service; wait $service 2>/dev/null; pull $RED && plug 1 && until_true 20 test -e $USB/$RED && start'
check "and given when there is one" until_true 60 eval 'has 1 "$(place "$RED")" true false && rules_say 1 attached'
check "the machine has it once" sees one 1
kill "$reader"
exec 8>&-

check "what is taken away by hand stays away" eval 'device 1 Detach usb-port $RED && until_true 20 rules_say 1 released && usb_is $RED usb-storage'
starts_while_down() {
    kill -9 "$service"
    wait "$service" 2>/dev/null
    virsh destroy one && until_true 20 usb_is "$RED" usb-storage && virsh start one
}
check "the machine starts anew while there is no service" starts_while_down
check "the service starts" start
check "and gives it" until_true 60 eval 'sees one 1 && rules_say 1 attached'
check "a rule for the only keyboard" rule 2 usb-port "$KEYS"
check "is not kept, and says so" until_true 30 eval 'rules_say 2 failed && usb_is $KEYS usbhid'
check "a rule by port for the other stick" rule 2 usb-port "$BLUE"
check "is kept" until_true 30 eval 'sees two 1 && has 2 $(place $BLUE) true false'
check "both stop" eval 'machine 1 ForceOff && machine 2 ForceOff'
check "and the host has its drivers back" until_true 20 eval 'usb_is $RED usb-storage && usb_is $BLUE usb-storage'
check "the definitions are as before" eval 'same_definition one && same_definition two'
kill "$service"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
