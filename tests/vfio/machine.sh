# A machine that gets devices of the host, sourced by story.sh: libvirt, QEMU and the devices are real. Its guest is its firmware,
# which is enough: on an older Q35 an empty slot is without power, so QEMU plugs and unplugs there without asking anybody; on a
# newer one it asks the guest, and this one never answers.
# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154,SC2317  # as in story.sh
virsh() { command virsh -q -c qemu:///system "$@"; }
define() { # define NAME LAST_DIGIT TYPE PORTS
    local port ports=
    for ((port = 1; port <= $4; port++)); do ports+="<controller type='pci' index='$port' model='pcie-root-port'/>"; done
    cat >"/run/$1.new" <<E
<domain type='qemu'><name>$1</name><uuid>00000000-0000-4000-8000-00000000000$2</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='$3'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='pci' index='0' model='pcie-root'/>$ports<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
E
    virsh define "/run/$1.new"
}
path() { echo "/org/kvmmanager/Manager1/machines/00000000_0000_4000_8000_00000000000$1"; }
machine() { busctl --system --timeout=120 call "$NAME" "$(path "$1")" "$NAME.Machine" "$2" 'a{sv}' 0; }
give() { # give DIGIT METHOD ADDRESS WHOLE_CARD OPTIONS...
    local digit=$1 method=$2 address=$3 whole=$4
    shift 4
    busctl --system --timeout=120 call "$NAME" "$(path "$digit")" "$NAME.Device" "$method" 'a{sv}a{sv}' \
        2 address s "$address" whole-card b "$whole" "${@:-0}"
}
has() { # has DIGIT : source, live and configured of each
    local all
    all=$(busctl --system --json=short get-property "$NAME" "$(path "$1")" "$NAME.Device" HostDevices) || return 1
    jq -r '.data[] | "\(.source.data) \(.live.data) \(.configured.data)"' <<<"$all"
}
has_exactly() { # has_exactly DIGIT LINES
    local found
    found=$(has "$1") || return 1
    echo "has: $found"
    [ "$found" = "$2" ]
}
sees() { # sees NAME COUNT : so many of the network cards that are given here
    local found
    found=$(virsh qemu-monitor-command "$1" --hmp 'info pci' | grep -c 8086:10d3)
    echo "the guest sees $found"
    [ "$found" = "$2" ]
}
is_one_card() { # both are functions of the slot behind a fourth port
    local found
    found=$(virsh dumpxml --inactive "$1" | grep -c "<address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x[01]'")
    echo "$found functions"
    [ "$found" = 2 ]
}
same_definition() { [ -s "/run/$1.xml" ] && virsh dumpxml --inactive "$1" | diff - "/run/$1.xml"; }
LAX=(1 allow-no-reset b true)

check "a machine is defined" define slots 1 pc-q35-6.0 3
check "it is on the bus" until_true 20 has 1
virsh dumpxml --inactive slots >/run/slots.xml
check "it has nothing of the host" until_true 20 has_exactly 1 ''
check "a user without the right is refused" refuses uthoriz setpriv --reuid=65534 --clear-groups \
    busctl --system call "$NAME" "$(path 1)" "$NAME.Device" Attach 'a{sv}a{sv}' 1 address s "$CARD" 0
check "half a group is refused" refuses "shares its IOMMU group with $OTHER" give 1 Attach "$ONE" false "${LAX[@]}"
check "and its definition is as before" same_definition slots

check "a whole card goes into the definition" give 1 Attach "$ONE" true "${LAX[@]}"
check "and shows" has_exactly 1 "$ONE false true"$'\n'"$OTHER false true"
check "as one card" is_one_card slots
check "drivers stay until it starts" eval 'is $ONE e1000e && is $OTHER e1000e'
check "it starts" machine 1 Start
check "and has taken both" eval 'is $ONE vfio-pci && is $OTHER vfio-pci'
check "the guest sees both" until_true 20 sees slots 2
check "the list says so" until_true 20 has_exactly 1 "$ONE true true"$'\n'"$OTHER true true"
check "they are not released meanwhile" refuses "machine slots" call "$ONE" Release 1 group b true
check "a part of a card is not unplugged" refuses 'ot supported' give 1 Detach "$OTHER" false
check "it stops" machine 1 ForceOff
check "and gives both back" until_true 20 eval 'is $ONE e1000e && is $OTHER e1000e'
check "the card goes out of the definition" give 1 Detach "$ONE" true
check "which is as before" same_definition slots

# A ROM of the card's length with something else in it, as a file of the caller's.
ROMS=/usr/share/vgabios/kvm-manager ROM=$ROMS/00000000-0000-4000-8000-000000000001-${CARD//:/_}.rom
{ head -c 52 /run/out/card.rom && head -c 972 /dev/zero | tr '\0' T; } >/run/given.rom
give_with_rom() { "$DRIVER" call "$(path 1)" Attach "address=$CARD" allow-no-reset=true "rom-file=r:$1"; }
has_rom() { virsh qemu-monitor-command slots --hmp 'info qtree' | grep -F "romfile = \"$ROM\""; }
check "QEMU's rules of AppArmor let it read ROMs there" grep -qxE ' */usr/share/vgabios/\*\* r,' /etc/apparmor.d/abstractions/libvirt-qemu
check "without the directory there is no ROM from a file" refuses NotSupported give_with_rom /run/given.rom
mkdir -p "$ROMS"
check "what is no ROM is none" refuses 'rom-file' give_with_rom /etc/passwd
check "and the definition is as before" same_definition slots
check "a card goes into the definition with a ROM from a file" give_with_rom /run/given.rom
check "the service has a copy" cmp /run/given.rom "$ROM"
check "QEMU, which is not root, starts with it" eval 'machine 1 Start && has_rom && [ "$(stat -c %U "/proc/$(</run/libvirt/qemu/slots.pid)")" = libvirt-qemu ]'
check "it stops" machine 1 ForceOff
check "the card and its ROM go" eval 'give 1 Detach $CARD false && [ -z "$(ls -A "$ROMS")" ] && same_definition slots'

AGAIN=(2 allow-no-reset b true as-before b true)
check "both come back as they were" eval 'give 1 Attach $CARD false "${AGAIN[@]}" && cmp /run/given.rom "$ROM" && virsh dumpxml --inactive slots | grep -F "<rom file='"'"'$ROM'"'"'/>"'
check "and go again" eval 'give 1 Detach $CARD false && [ -z "$(ls -A "$ROMS")" ] && same_definition slots'

check "it starts without" machine 1 Start
check "a device is plugged into the running guest" give 1 Attach "$CARD" false "${LAX[@]}"
check "its driver is vfio-pci" is "$CARD" vfio-pci
check "the guest sees it" sees slots 1
check "now and with each start" has_exactly 1 "$CARD true true"
check "a second time changes nothing" eval 'give 1 Attach $CARD false "${LAX[@]}" && sees slots 1'
virsh dumpxml --inactive slots >/run/plugged.xml
check "it is unplugged" give 1 Detach "$CARD" false
check "the guest does not see it any more" sees slots 0
check "the driver is back" until_true 20 is "$CARD" e1000e
check "the definition is as before" same_definition slots
check "that is undone" give 1 Attach "$CARD" false "${AGAIN[@]}"
check "the guest sees it again" sees slots 1
check "and the definition has it as it had" eval 'has_exactly 1 "$CARD true true" && virsh dumpxml --inactive slots | diff - /run/plugged.xml'
check "it is undone once only" refuses "device that was detached" give 1 Attach "$CARD" false "${AGAIN[@]}"
check "it is unplugged at last" give 1 Detach "$CARD" false
check "the driver is back" until_true 20 is "$CARD" e1000e
check "the definition is as before" same_definition slots
check "two of a group are not plugged one after the other" refuses "not bound" give 1 Attach "$ONE" true "${LAX[@]}"
check "and both have their driver" eval 'is $ONE e1000e && is $OTHER e1000e'

locked() { grep -h 'Max locked memory' "/proc/$1/limits"; }
# Killed when one function is on its way and the other is not: QEMU is stopped, so libvirt cannot finish the first, and that it has
# begun shows in how much memory QEMU may lock. libvirt finishes what it has begun.
kill_between_functions() {
    local caller qemu before code=0
    qemu=$(</run/libvirt/qemu/slots.pid)
    before=$(locked "$qemu")
    kill -STOP "$qemu"
    give 1 Attach "$ONE" true 3 allow-no-reset b true configured b false managed b false >/dev/null 2>&1 &
    caller=$!
    until_true 60 eval '[ "$(locked "$qemu")" != "$before" ]' || code=1
    kill -9 "$service"
    kill -CONT "$qemu"
    wait "$service" "$caller" 2>/dev/null
    return $code
}
plugged() { virsh dumpxml slots | grep -c '<hostdev'; }
list_is_libvirts() { # the list has what libvirt has, and no more
    local live
    live=$(plugged)
    echo "$live plugged; the list has: $(has 1)"
    [ "$(has 1 | grep -c ' true false$')" = "$live" ] && [ "$(has 1 | grep -c .)" = "$live" ]
}
check "they are bound" call "$ONE" Bind "${GROUP[@]}"
check "killed between the functions of a card" kill_between_functions
check "libvirt has one of the two" until_true 20 eval '[ "$(plugged)" = 1 ]'
check "it starts anew" start
check "the list has those that are there" until_true 60 list_is_libvirts
list_is_libvirts
check "both stay bound" eval 'is $ONE vfio-pci && is $OTHER vfio-pci'
check "asked again, both are plugged, each in its own slot" give 1 Attach "$ONE" true 3 allow-no-reset b true configured b false managed b false
check "the guest sees both" sees slots 2
check "they go together" give 1 Detach "$ONE" true
check "and stay bound" eval 'is $ONE vfio-pci && is $OTHER vfio-pci'
check "until they are released" call "$ONE" Release 1 group b true
check "and both are back" until_true 20 eval 'is $ONE e1000e && is $OTHER e1000e'

kill_while_plugging() {
    give 1 Attach "$CARD" false "${LAX[@]}" >/dev/null 2>&1 &
    local caller=$!
    until_true 60 eval 'virsh dumpxml --inactive slots | grep -q "<hostdev"' || return 1
    kill -9 "$service"
    wait "$service" "$caller" 2>/dev/null
    true
}
whole_or_not() { # what libvirt has, the driver, and the list agree
    local live=false driver=e1000e
    ! virsh dumpxml slots | grep -q '<hostdev' || live=true driver=vfio-pci
    has_exactly 1 "$CARD $live true" && is "$CARD" "$driver"
}
check "killed while a device is plugged" kill_while_plugging
check "it starts anew" start
check "the device is there wholly or not at all, and the list says which" until_true 60 whole_or_not
has 1
check "asked again, it gets there" give 1 Attach "$CARD" false "${LAX[@]}"
check "and goes" give 1 Detach "$CARD" false
check "the driver is back" until_true 20 is "$CARD" e1000e
check "the definition is as before" same_definition slots
check "it stops" machine 1 ForceOff

check "a machine with one slot and a deaf guest is defined" define deaf 2 pc-q35-7.2 1
check "it starts" until_true 60 machine 2 Start
virsh dumpxml --inactive deaf >/run/deaf.xml
check "two devices for one slot are refused" refuses "free slots" give 2 Attach "$ONE" true "${LAX[@]}"
check "and both have their driver" eval 'is $ONE e1000e && is $OTHER e1000e'
check "one is plugged" give 2 Attach "$CARD" false "${LAX[@]}"
check "a guest that keeps it is waited for, and no longer than that" refuses 'Not done within 3 s' give 2 Detach "$CARD" false 1 timeout u 3
check "and has it still" eval 'has_exactly 2 "$CARD true true" && is $CARD vfio-pci'
check "it stops" machine 2 ForceOff
check "the driver is back" until_true 20 is "$CARD" e1000e
check "the definition lets go at once" give 2 Detach "$CARD" false
check "and is as before" same_definition deaf

# A virtual function is a device of its own.
# shellcheck disable=SC2153 # lib.sh's
functions_of_card() { busctl --system --timeout=60 call "$NAME" "$(object "$PORT")" "$NAME.Passthrough" SetVirtualFunctions 'ua{sv}' "$1" 0; }
has_nvme() { # has_nvme NAME COUNT : so many controllers of the host's kind
    local found
    found=$(virsh qemu-monitor-command "$1" --hmp 'info pci' | grep -c 1b36:0010)
    echo "the guest sees $found"
    [ "$found" = "$2" ]
}
check "two virtual functions are made" functions_of_card 2
VIRTUAL=$(basename "$(readlink "$SYS/$PORT/virtfn1")")
check "one goes into the definition" give 1 Attach "$VIRTUAL" false "${LAX[@]}"
check "its machine starts with it, and with no other" eval 'machine 1 Start && is $VIRTUAL vfio-pci && has_nvme slots 1 && has_exactly 1 "$VIRTUAL true true"'
check "the card keeps its functions meanwhile" refuses "machine slots" functions_of_card 0
check "and its driver" is "$PORT" nvme
check "it stops" machine 1 ForceOff
check "the function has no driver, as before" until_true 20 is "$VIRTUAL" none
check "it goes out of the definition" eval 'give 1 Detach $VIRTUAL false && same_definition slots'
check "and the functions go" eval 'functions_of_card 0 && [ ! -e "$SYS/$PORT/virtfn0" ]'
