#!/bin/bash
# The host's only screen for a machine, as it really is: a graphics card with its driver, a console on it, a stand-in for a desktop
# under systemd, and the service in its own unit. Everything goes, everything comes back: after a stop, a trial that nobody
# confirms, a start that fails, and a service that is killed. At the end the card has a driver whose modules keep it (keeper/).
#   single-gpu.sh           outside: the machine of run.sh with systemd
#   single-gpu.sh inside KEEPER     in it, with the directory of those modules
# shellcheck disable=SC2016,SC2034,SC2154,SC2317  # functions are called through check, and by eval in the end
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
if [ $# = 0 ]; then
    KEEPER=$("$HERE/keeper/build.sh") || exit 1
    exec "$HERE/run.sh" --systemd "$HERE/single-gpu.sh" inside "$KEEPER"
fi
KEEPER=$2
# shellcheck source=lib.sh
. "$HERE/lib.sh"
M=/org/kvmmanager/Manager1/machines/00000000_0000_4000_8000_000000000001
I=$NAME.HandOver
KEPT=/var/lib/kvm-manager/hand-over.json
virsh() { command virsh -q -c qemu:///system "$@"; }
screen() { # screen METHOD OPTIONS...
    local method=$1
    shift
    busctl --system --timeout=200 call "$NAME" "$M" "$I" "$method" 'a{sv}' "${@:-0}"
}
gets() { busctl --system get-property "$NAME" "$M" "$I" "$1"; }
says() { # says PROPERTY VALUE
    local said
    said=$(gets "$1") || return 1
    echo "$1: $said"
    [ "$said" = "$2" ]
}
console() { # whether a console is bound to a frame buffer
    local at
    for at in /sys/class/vtconsole/*; do
        if grep -q 'frame buffer' "$at/name" && [ "$(cat "$at/bind")" = 1 ]; then return 0; fi
    done
    return 1
}
is_up() { systemctl is-active --quiet display-manager.service; }
picture() { # what must not change; a console may get another number
    grep -h '^(M) frame' /sys/class/vtconsole/*/name
    grep -H . "$SYS"/*/driver_override
    readlink "$SYS"/*/driver
    ls /sys/class/drm
    systemctl is-active display-manager.service
}
is_the_hosts() {
    echo "driver $(driver "$GPU"), override $(cat "$SYS/$GPU/driver_override"), $(gets State), $(gets Left)"
    is "$GPU" bochs-drm && has_no_override "$GPU" && console && is_up && says State 'u 1' && [ ! -e "$KEPT" ]
}
is_the_machines() {
    echo "driver $(driver "$GPU"), $(systemctl is-active display-manager.service)"
    is "$GPU" vfio-pci && ! console && ! is_up && sees
}
sees() { virsh qemu-monitor-command single --hmp 'info pci' | grep -i 1234:1111; }
machine() { # machine INTERFACE METHOD ARGUMENTS...
    busctl --system --timeout=200 call "$NAME" "$M" "$NAME.$1" "${@:2}"
}
without_card() { # the definition, without what this is about
    { sed '/<hostdev/,$d' /run/single.xml && echo '</devices></domain>'; } >/run/bare.xml
    virsh define /run/bare.xml
}
define() { # define MORE
    cat >/run/single.xml <<E2
<domain type='qemu'><name>single</name><uuid>00000000-0000-4000-8000-000000000001</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='usb' model='none'/><memballoon model='none'/><video><model type='none'/></video>$1
<hostdev mode='subsystem' type='pci' managed='yes'><rom bar='off'/><source><address domain='0x0000' bus='0x${GPU:5:2}' slot='0x${GPU:8:2}'
function='0x0'/></source></hostdev></devices></domain>
E2
    virsh define /run/single.xml
}
start_service() { systemctl start kvm-manager.service && until_true 120 gets State; }
kill_service() {
    systemctl kill -s KILL kvm-manager.service
    until_true 60 gets State
}
is_the_same_trial() { says State 'u 3' && says TrialEnds "$trial" && sees; }
ALL=(2 accept-closing-sessions b true allow-no-reset b true)
trial() { screen Begin 3 accept-closing-sessions b true allow-no-reset b true trial-seconds u "$1"; }

modprobe bochs
check "the card has its driver" until_true 60 test -e /dev/dri/card0
GPU=$(basename "$(realpath /sys/class/drm/card0/device)")
check "a console is on it" until_true 30 console
check "the stand-in for a desktop runs" eval 'systemctl start display-manager.service && is_up'
virtlogd -d
libvirtd -d
check "libvirt is there" until_true 180 virsh version
check "a machine is defined" eval 'define "" && without_card'
check "the service starts in its own unit" start_service
picture >/run/before

check "the card is for a hand-over, as the plan tells" eval 'machine Device PlanAttach "a{sv}a{sv}" 1 address s $GPU 0 | grep needs-hand-over'
check "its definition gets it" machine Device Attach 'a{sv}a{sv}' 1 address s "$GPU" 2 allow-no-reset b true rom-bar b false
check "and names it" eval 'virsh dumpxml single | grep "<hostdev.*pci"'
check "a start does not take it" refuses "$GPU" machine Machine Start 'a{sv}' 0
check "and nothing has changed" eval 'is_up && picture | diff /run/before -'
define '' >/dev/null

check "a dry run is allowed" eval 'screen Plan "${ALL[@]}" >/run/plan && grep "\"allowed\" b true" /run/plan'
cat /run/plan
check "it names the unit, the console, the driver and the machine" eval \
    'for word in stop-unit stand-in-desktop.service console vtcon start-unit modprobe@vfio_pci unbind start-machine; do grep -q "$word" /run/plan || { echo "$word"; exit 1; }; done'
check "and who draws on the card, through the sandbox" grep -E '"processes" aa\{ss\} 1 .*dri/card0' /run/plan
check "without consent it is refused" refuses "dri/card0 open" screen Begin 1 allow-no-reset b true
check "by somebody without the right, too" refuses uthoriz setpriv --reuid=65534 --clear-groups \
    busctl --system call "$NAME" "$M" "$I" Begin 'a{sv}' 0
check "and nothing has changed" eval 'picture | diff /run/before -'

check "the screen is handed over" screen Begin "${ALL[@]}"
check "the machine has it" until_true 120 says State 'u 4'
check "and the host does not" is_the_machines
cat /run/said
check "it is not restarted with the desktop in between" refuses "the host's screen" machine Machine ShutdownAndRestart 'a{sv}' 0
check "and still has it" is_the_machines
check "somebody else stops the machine" virsh destroy single
check "everything comes back by itself" until_true 120 is_the_hosts
check "as it was" eval 'picture | diff /run/before -'

check "a trial begins" trial 60
check "the machine is on trial" until_true 120 says State 'u 3'
check "and has the card" is_the_machines
check "nobody confirms: everything comes back" until_true 180 is_the_hosts
check "and the machine is off" eval '[ "$(virsh domstate single)" = "shut off" ]'

check "another trial" trial 600
check "begins" until_true 120 says State 'u 3'
check "and is confirmed" screen Confirm
check "the machine keeps the screen" eval 'says State "u 4" && says TrialEnds "t 0" && is_the_machines'
check "until it is taken back" screen GiveBack 1 force b true
check "which it is by the reply" is_the_hosts

define "<disk type='file' device='disk'><source file='/nowhere'/><target dev='vda' bus='virtio'/></disk>" >/dev/null
check "a machine that cannot start" screen Begin "${ALL[@]}"
check "leaves everything as it was" eval 'until_true 30 test -e $KEPT; until_true 120 is_the_hosts && picture | diff /run/before -'
define '' >/dev/null

check "a trial begins" trial 40
check "the machine is on trial" until_true 120 says State 'u 3'
trial=$(gets TrialEnds)
check "the service is killed" kill_service
check "it is back, and the trial goes on as it was" until_true 60 is_the_same_trial
check "until it ends: everything comes back" until_true 180 is_the_hosts

soon() { # soon COMMAND... : as soon as it is so, within a minute; a pause would be too long
    local end=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
    done
}
is_down() { ! is_up; }
kill_in_the_middle() { # when the desktop has stopped and the machine does not run yet
    screen Begin "${ALL[@]}" && soon is_down && kill_service
}
check "the service is killed while it hands over" kill_in_the_middle
check "whatever it had got to: it ends with the host, or with the machine" until_true 120 eval 'is_the_hosts || { says State "u 4" && is_the_machines; }'
[ ! -e "$KEPT" ] || screen GiveBack 1 force b true
check "and the host has everything" until_true 120 is_the_hosts
check "as it was" eval 'picture | diff /run/before -'

are_loaded() { [ -d /sys/module/nvidia_drm ] && [ -d /sys/module/nvidia_modeset ]; }
are_away() { [ ! -d /sys/module/nvidia_drm ] && [ ! -d /sys/module/nvidia_modeset ] && [ -d /sys/module/nvidia ]; }
take_driver() { # the card gets the other driver; what loads modules may not look where those of this machine are
    local at
    systemctl stop display-manager.service
    for at in /sys/class/vtconsole/*; do ! grep -q 'frame buffer' "$at/name" || echo 0 >"$at/bind"; done
    rmmod bochs || return 1
    rm "/usr/lib/modules/$(uname -r)" && mkdir -p "/usr/lib/modules/$(uname -r)" && cp "$KEEPER"/*.ko "/usr/lib/modules/$(uname -r)/"
    depmod && modprobe nvidia_drm && systemctl start display-manager.service
}
is_kept() {
    echo "driver $(driver "$GPU"), $(gets State), $(gets Left), modules $(cd /sys/module && echo nvidia*)"
    is "$GPU" nvidia && has_no_override "$GPU" && are_loaded && is_up && says State 'u 1' && [ ! -e "$KEPT" ]
}
kill_between() { # when one module has gone
    screen Begin "${ALL[@]}" && soon [ ! -d /sys/module/nvidia_drm ] && kill_service
}
check "the card gets a driver whose modules keep it" take_driver
check "and they are loaded" until_true 30 is_kept
check "the plan names the modules" eval 'screen Plan "${ALL[@]}" | grep "unload-module\" \"nvidia_drm.*unload-module\" \"nvidia_modeset"'
check "the screen is handed over" screen Begin "${ALL[@]}"
check "the machine has it" until_true 120 says State 'u 4'
check "and the modules are away" eval 'is "$GPU" vfio-pci && are_away && sees'
check "the machine stops: card, driver, modules and desktop come back" eval 'virsh destroy single && until_true 120 is_kept'
check "nobody waited for a card that is kept" eval '! dmesg | grep "while it is kept"'
check "the service is killed between two modules" kill_between
check "whatever it had got to: it ends with the host, or with the machine" until_true 120 eval 'is_kept || { says State "u 4" && are_away && sees; }'
[ ! -e "$KEPT" ] || screen GiveBack 1 force b true
check "and the host has everything" until_true 120 is_kept
journalctl -b -u kvm-manager.service -u 'kvm-manager-without@*' --no-pager >/run/out/service.log
# With what went wrong, which is no part of a line.
[ $failed = 0 ] || journalctl -b -u kvm-manager.service -o verbose --output-fields=MESSAGE,F_STEP,F_CAUSE,F_ERROR -n 60 --no-pager
echo "$passed passed, $failed failed"
[ $failed = 0 ]
