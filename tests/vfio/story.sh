#!/bin/bash
# Passthrough as it really is, inside the machine that run.sh starts: the inventory is the kernel's, devices go and come back,
# what must not go does not, and a service that is killed in the middle leaves nothing behind.
# shellcheck disable=SC2016,SC2317  # functions are called through check, and by eval in the end
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
kernels() { # what the kernel says, a device a line
    local device vendor id class node group
    for device in "$SYS"/*; do
        read -r vendor <"$device/vendor"
        read -r id <"$device/device"
        read -r class <"$device/class"
        read -r node <"$device/numa_node"
        group=$(readlink "$device/iommu_group")
        printf '%s %d %d %d %s %s %s\n' "${device##*/}" "$vendor" "$id" "$class" "$node" "${group##*/}" "$(driver "${device##*/}" | sed 's/^none$//')"
    done
}
services() { # what the service says, the same way
    busctl --system --json=short call "$NAME" /org/kvmmanager/Manager1 org.freedesktop.DBus.ObjectManager GetManagedObjects |
        jq -r --arg i "$NAME.HostDevice" '.data[0] | to_entries[] | select(.value[$i]) | .value[$i] |
            "\(.Address.data) \(.VendorId.data) \(.DeviceId.data) \(.Class.data) \(.NumaNode.data) \(.IommuGroup.data) \(.Driver.data)"' | sort
}
is_the_kernels() { diff <(kernels | sort) <(services); }
wakeups() {
    local task name
    for task in /proc/"$service"/task/*; do
        read -r name <"$task/comm"
        [ "$name" != host-events ] || grep -h ctxt "$task/status"
    done
}
sleeps() { # nothing wakes the thread that listens to the kernel while nothing happens
    local before
    before=$(wakeups)
    [ -n "$before" ] && read -rt 5 <> <(:)
    [ "$before" = "$(wakeups)" ]
}
GROUP=(2 group b true allow-no-reset b true)
ALONE=(1 allow-no-reset b true)

mkdir -p /run/mounted
check "the disk is there" until_true 60 mount -t ext4 /dev/nvme0n1 /run/mounted
check "libvirt is there" until_true 120 virsh -c qemu:///system version
check "the service starts" start
check "the inventory is the kernel's" is_the_kernels
check "the listener sleeps" sleeps

check "a plan is allowed" grep -q '"allowed" b true' <(call "$CARD" PlanBind "${ALONE[@]}")
check "and changes nothing" is "$CARD" e1000e
check "a user without the right is refused" refuses uthoriz setpriv --reuid=65534 --clear-groups \
    busctl --system call "$NAME" "$(object "$CARD")" "$NAME.Passthrough" Bind 'a{sv}' 0
check "and nothing has changed" is "$CARD" e1000e
check "bound" call "$CARD" Bind "${ALONE[@]}"
check "the driver is vfio-pci" is "$CARD" vfio-pci
check "the property says so" shows "$CARD" vfio-pci
check "its group can be opened" test -c "/dev/vfio/$(basename "$(readlink "$SYS/$CARD/iommu_group")")"
check "the way back is planned" grep -q '"allowed" b true' <(call "$CARD" PlanRelease)
check "released" call "$CARD" Release
check "the driver is back" is "$CARD" e1000e
check "nothing is overridden" has_no_override "$CARD"

check "half a group is refused" refuses "shares its IOMMU group with $OTHER" call "$ONE" Bind "${ALONE[@]}"
check "and both have their driver" eval 'is $ONE e1000e && is $OTHER e1000e'
check "a whole group is bound" call "$ONE" Bind "${GROUP[@]}"
check "both have vfio-pci" eval 'is $ONE vfio-pci && is $OTHER vfio-pci'
check "a whole group is released" call "$ONE" Release 1 group b true
check "both are back" eval 'is $ONE e1000e && is $OTHER e1000e'
check "a group with its bridge is bound" call "$OLD" Bind "${GROUP[@]}"
check "but not the bridge" eval 'is $OLD vfio-pci && is 0000:04:02.0 vfio-pci && ! is 0000:03:00.0 vfio-pci'
check "and released" call "$OLD" Release 1 group b true

check "a mounted disk is refused" refuses "is mounted" call "$DISK" Bind "${GROUP[@]}"
check "and stays mounted" touch /run/mounted/file
umount /run/mounted
check "the kernel's word is heard: it is not mounted any more" until_true 20 eval '! property $DISK Uses | grep -q mounted'
check "an unmounted one is bound" call "$DISK" Bind "${ALONE[@]}"
check "and comes back" eval 'call $DISK Release && until_true 20 test -e /dev/nvme0n1'
echo "$CARD" >"$SYS/$CARD/driver/unbind"
check "a driver that somebody else takes away is seen" until_true 20 shows "$CARD" ""
echo "$CARD" >/sys/bus/pci/drivers_probe
check "and one that comes back" until_true 20 shows "$CARD" e1000e

kill_in_the_middle() {
    local override attempt
    for attempt in {1..15}; do
        call "$ONE" Bind "${GROUP[@]}" >/dev/null 2>&1 &
        caller=$!
        until read -r override <"$SYS/$ONE/driver_override" && [ "$override" = vfio-pci ]; do :; done
        kill -9 "$service"
        wait "$service" "$caller" 2>/dev/null
        if compgen -G "$STATE/journal/*.json" >/dev/null; then
            echo "in the middle at attempt $attempt: $(driver "$ONE"), $(driver "$OTHER"); $(cat "$STATE"/journal/*.json)"
            return 0
        fi
        start && call "$ONE" Release 1 group b true >/dev/null 2>&1
    done
    return 1
}
check "killed in the middle of a change" kill_in_the_middle
cat /run/said
check "it starts anew" start
check "what was begun is undone" eval 'is $ONE e1000e && is $OTHER e1000e'
check "without an override" eval 'has_no_override $ONE && has_no_override $OTHER'
check "and forgotten" eval '! compgen -G "$STATE/journal/*.json"'
check "the inventory is still the kernel's" is_the_kernels

# shellcheck disable=SC2153 # exported by inside.sh
rom() { "$DRIVER" call "$(object "$1")" DumpRom w:/run/rom; }
check "a ROM is copied as the card has it" eval 'rom $CARD && cmp /run/rom /run/out/card.rom'
check "and does not show any more" eval '! cat "$SYS/$CARD/rom" >/dev/null'
check "a card without a ROM has none to copy" refuses NotSupported rom "$ONE"

functions() { set -- "$SYS/$1"/virtfn*; [ ! -e "$1" ] || echo $#; }
has_functions() { [ "$(functions "$PORT")" = "$1" ] && [ "$(cat "$SYS/$PORT/sriov_numvfs")" = "${1:-0}" ]; }
give() { busctl --system --timeout=60 call "$NAME" "$(object "$PORT")" "$NAME.Passthrough" SetVirtualFunctions 'ua{sv}' "$1" 0; }
echo 0 >"$SYS/$PORT/sriov_drivers_autoprobe"
check "the card can have four virtual functions" [ "$(property "$PORT" MaximumVirtualFunctions)" = "u 4" ]
check "more are refused" refuses 'limit is 4' give 5
check "a card that has none cannot get any" eval '! PORT=$CARD give 1'
check "three are made" give 3
check "they are the kernel's" has_functions 3
check "and devices of their own" is_the_kernels
first=$(basename "$(readlink "$SYS/$PORT/virtfn0")")
check "one is bound" call "$first" Bind "${ALONE[@]}"
check "it has vfio-pci" is "$first" vfio-pci
exec 9<>"/dev/vfio/$(basename "$(readlink "$SYS/$first/iommu_group")")"
check "one that a process has open stays, and the others" refuses open give 0
check "all three" has_functions 3
exec 9>&-
check "two are made of three" give 2
check "they are two" has_functions 2
check "none are left" give 0
check "they are gone" has_functions ""
check "the inventory is the kernel's again" is_the_kernels
# shellcheck source=machine.sh
. "$(dirname "$0")/machine.sh"
# Every method of a device and of a machine's devices, judged by the table that is compiled into the service; the machine has none now.
examine() { # examine COLUMN GRANTED COMMAND...
    KVMLAB_DEVICE=$PORT KVMLAB_MACHINE=$(path 1) "${@:3}" "$DRIVER" examine "$1" "$2" NotAuthorized >/run/examined 2>&1
    cat /run/examined
    passed=$((passed + $(grep -c '^ok ' /run/examined)))
    failed=$((failed + $(grep -c '^FAIL ' /run/examined)))
    check "$1: all were examined" test "$(grep -c "^ok $1: " /run/examined)" -gt 10
}
examine nobody none setpriv --reuid=65534 --clear-groups
examine root all env
kill "$service"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
