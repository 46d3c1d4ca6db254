#!/bin/bash
# Devices that are taken, and virtual functions that are made, at each start of the computer, over four real starts of the machine of run.sh: kept, bound before the
# service is there, given up after two starts that were cut short, and tried again. Its disk is the directory of --out.
#   starts.sh           outside: all of them, one after the other
#   starts.sh NUMBER    inside: one
# shellcheck disable=SC2016,SC2034,SC2317  # functions are called through check, and by eval in the end
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
if [ $# = 0 ]; then
    out=$(mktemp -d) code=0
    for number in 1 2 3 4; do
        "$HERE/run.sh" --out "$out" "$HERE/starts.sh" $number || { code=1; cat "$out"/{early,service}.log; break; }
    done
    rm -rf "$out"
    exit $code
fi
# shellcheck source=lib.sh
. "$HERE/lib.sh"
STATE=/run/out/state number=$1

persist() { # persist ADDRESS WHETHER OPTIONS...
    local address=$1 whether=$2
    shift 2
    busctl --system --timeout=60 call "$NAME" "$(object "$address")" "$NAME.Passthrough" SetPersistent 'ba{sv}' "$whether" "${@:-0}"
}
is_persistent() { [ "$(busctl --system get-property "$NAME" "$(object "$1")" "$NAME.Passthrough" Persistent)" = "b $2" ]; }
says() { # says PROPERTY VALUE
    local said
    said=$(busctl --system get-property "$NAME" /org/kvmmanager/Manager1/host "$NAME.Host.AtBoot" "$1")
    [ "$said" = "$2" ] || { echo "$1: $said"; return 1; }
}
early() { # early SECONDS : what the unit of the early start runs
    "$BINARY" --apply-at-boot --confirm-after "$1" --state-dir "$STATE" >>/run/out/early.log 2>&1 &
    early=$!
}
functions() { # functions COUNT : so many, by the driver and by their links
    local found
    found=$(compgen -G "$SYS/$PORT/virtfn*" | wc -l)
    echo "$found functions, the driver says $(cat "$SYS/$PORT/sriov_numvfs")"
    [ "$found" = "$1" ] && [ "$(cat "$SYS/$PORT/sriov_numvfs")" = "$1" ]
}
keep_functions() { busctl --system --timeout=60 call "$NAME" "$(object "$PORT")" "$NAME.Passthrough" SetFunctionsPersistent 'ba{sv}' "$1" 0; }
has_tried() {
    jq -e --arg boot "$(cat /proc/sys/kernel/random/boot_id)" '.boot == $boot and (.is_skipped or (.outcomes | length > 0))' "$STATE/boot/run.json"
}
both_have() { is "$ONE" "$1" && is "$OTHER" "$1"; }

GROUP=(2 group b true allow-no-reset b true)
ALONE=(1 allow-no-reset b true)
check "start $number: libvirt is there" until_true 120 virsh -c qemu:///system version
# They come without anything of the card's: no driver of the host's could use them.
echo 0 >"$SYS/$PORT/sriov_drivers_autoprobe"
case $number in
    1)
        check "the service starts" start
        check "the plan names the other cards with the same ids" eval 'busctl --system call $NAME $(object $CARD) $NAME.Passthrough PlanPersist "a{sv}" "${ALONE[@]}" | grep same-ids'
        check "a device and a group are kept" eval 'persist $CARD true "${ALONE[@]}" && persist $ONE true "${GROUP[@]}"'
        check "it shows" eval 'is_persistent $CARD true && is_persistent $OTHER true && is_persistent $DISK false && says State "u 2"'
        check "nothing has changed yet" eval 'is $CARD e1000e && both_have e1000e'
        check "a card without virtual functions has none to keep" refuses 'ot supported' keep_functions true
        check "three are made and kept" eval 'busctl --system --timeout=60 call $NAME $(object $PORT) $NAME.Passthrough SetVirtualFunctions "ua{sv}" 3 0 && functions 3 && keep_functions true'
        check "a third device is kept" persist "$OLD" true "${GROUP[@]}"
        jq -c '(.devices[] | select(.address | startswith("0000:04:")).device) += 1' "$STATE/boot/wanted.json" >/run/wanted
        cp /run/wanted "$STATE/boot/wanted.json"
        ;;
    2 | 3)
        check "before: the drivers of the host, and no virtual function" eval 'is $CARD e1000e && both_have e1000e && functions 0'
        early 600
        check "it is tried" until_true 60 has_tried
        check "the devices are bound, and no service runs" eval 'is $CARD vfio-pci && both_have vfio-pci && ! busctl --system status $NAME'
        check "three virtual functions are there" functions 3
        check "another card in the place of one that was kept is not" is "$OLD" e1000
        check "the service starts" start
        check "it says so" eval 'says State "u 3" && says Unconfirmed "u $((number - 1))" && property $CARD Driver | grep vfio'
        check "and what came of the other card" eval 'busctl --system get-property $NAME /org/kvmmanager/Manager1/host $NAME.Host.AtBoot Devices | grep other-device'
        check "and of the virtual functions" eval 'busctl --system get-property $NAME /org/kvmmanager/Manager1/host $NAME.Host.AtBoot VirtualFunctions | grep "$PORT.* 3 \"made\""'
        # The power goes.
        ;;
    4)
        # On the share of the machine a watch hears nothing.
        cp -a "$STATE" /run/state && STATE=/run/state
        early 0
        check "after two starts that were cut short it ends at once" wait "$early"
        check "nothing is bound or made" eval 'is $CARD e1000e && both_have e1000e && functions 0'
        check "the service starts" start
        check "and says so" says State "u 5"
        check "kept once more it waits for the next start" eval 'persist $CARD true "${ALONE[@]}" && says State "u 2"'
        early 0
        check "which this stands for" wait "$early"
        check "the devices are bound and the functions made" eval 'is $CARD vfio-pci && both_have vfio-pci && functions 3'
        check "the service has seen that the computer ran on" until_true 20 says State "u 4"
        check "nothing is kept any more" eval 'persist $CARD false && persist $ONE false 1 group b true && persist $OLD false 1 group b true && keep_functions false && says State "u 1"'
        check "what is bound stays so until it is released" eval 'is $CARD vfio-pci && call $CARD Release && is $CARD e1000e'
        kill "$service"
        ;;
esac
echo "$passed passed, $failed failed"
[ $failed = 0 ]
