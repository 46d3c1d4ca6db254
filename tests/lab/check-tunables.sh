#!/bin/bash
# Settles, in a lab host that is up, what the service's sandbox lets root without capabilities write to in
# /sys: with ProtectKernelTunables=yes nothing, with ReadWritePaths= added exactly the paths named, and with the
# unit as it is what huge pages need. Passthrough and huge pages rest on this. It writes each file's own value back.
#   check-tunables.sh [--name a]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=suite/lib.sh
. "$LAB_DIR/suite/lib.sh"
need_root
NAME=${KVMLAB_NAME:-a}
[ "${1:-}" != --name ] || NAME=$2
ROOT=/proc/$(lab_leader "$NAME")/root
UNIT=$(realpath "$LAB_DIR/../../systemd/kvm-manager.service")
HUGE=/sys/kernel/mm/hugepages
PAGES=$(find $HUGE -name nr_hugepages 2>/dev/null | head -n 1)
OVERRIDE=$(find /sys/devices -name driver_override -path '*/pci*' 2>/dev/null | head -n 1)
trap 'rm -f "$ROOT"/run/systemd/system/kvmlab-tunables.service "$ROOT"/run/kvmlab-tunables; lab_in "$NAME" systemctl daemon-reload' EXIT

# The product's unit with another program: it reads a file and writes the same bytes to it.
unit() { # unit READ_WRITE_PATHS
    local without='Type|BusName|ExecStart|Restart|RestartSec|WatchdogSec|StateDirectory.*'
    if [ "$1" = as-it-is ]; then set -- ""; else without+='|ReadWritePaths'; fi
    sed -E "/^($without)=/d" "$UNIT" |
        sed "/^\\[Service\\]/a Type=oneshot\\nExecStart=/bin/sh /run/kvmlab-tunables\\n${1:+ReadWritePaths=$1}"
}
# driver_override reads "(null)" when it is not set; an empty line unsets it.
try() { # try READ_WRITE_PATHS FILE
    unit "$1" >"$ROOT/run/systemd/system/kvmlab-tunables.service"
    cat >"$ROOT/run/kvmlab-tunables" <<E
set -e
grep -q '^CapEff:.0*1000\$' /proc/self/status
value=\$(cat '$2')
[ "\$value" != "(null)" ] || value=
case \$value in *\[*\]*) value=\${value#*\[} value=\${value%%\]*} ;; esac
printf '%s\n' "\$value" >'$2'
E
    lab_in "$NAME" systemctl daemon-reload
    lab_in "$NAME" timeout 30 systemctl start kvmlab-tunables 2>/dev/null
}
opens() { try "$@" || { lab_in "$NAME" journalctl -q -n 3 -o cat -u kvmlab-tunables; return 1; }; }
refuses() { # the refusal must be the sandbox's, not any failure
    ! try "$@" || { echo "$2 could be written"; return 1; }
    lab_in "$NAME" journalctl -q -n 6 -o cat -u kvmlab-tunables | grep -E 'Read-only file system|Permission denied'
}
skip() { log "skipped, since this machine has none: $1"; }

[ "$(awk '/^CapBnd/ { print $2 }' "/proc/$(lab_leader "$NAME")/status")" != 0000000000000000 ] || die "lab host without capabilities"
if [ -n "$PAGES" ]; then
    check "huge pages cannot be written with ProtectKernelTunables" refuses "" "$PAGES"
    check "huge pages can with ReadWritePaths=$HUGE" opens "$HUGE" "$PAGES"
    check "a sysctl still cannot" refuses "$HUGE" /proc/sys/vm/swappiness
    check "a neighbour in /sys still cannot" refuses "$HUGE" /sys/kernel/mm/transparent_hugepage/khugepaged/defrag
else
    skip "huge pages"
fi
if [ -e /sys/bus/pci/drivers_autoprobe ]; then
    check "/sys/bus/pci cannot be written with ProtectKernelTunables" refuses "" /sys/bus/pci/drivers_autoprobe
    check "/sys/bus/pci can with ReadWritePaths=/sys/bus/pci" opens /sys/bus/pci /sys/bus/pci/drivers_autoprobe
else
    skip "a PCI bus"
fi
if [ -n "$OVERRIDE" ]; then
    check "driver_override is in /sys/devices, not in /sys/bus/pci" refuses /sys/bus/pci "$OVERRIDE"
    check "driver_override can be written with ReadWritePaths=/sys/devices" opens /sys/devices "$OVERRIDE"
else
    skip "a PCI device"
fi
for file in "$PAGES" "$OVERRIDE" $HUGE/../transparent_hugepage/enabled $HUGE/../ksm/run /sys/devices/system/node/node0/hugepages/*/nr_hugepages; do
    if [ -e "$file" ]; then
        check "the unit as it is can write $(basename "$(dirname "$file")")/$(basename "$file")" opens as-it-is "$(realpath "$file")"
    fi
done
check "the unit as it is cannot write a sysctl" refuses as-it-is /proc/sys/vm/swappiness
if [ -z "$PAGES$OVERRIDE" ]; then # the question itself needs only some file of root's in /sys
    check "a file in /sys cannot be written" refuses "" /sys/kernel/mm/ksm/run
    check "a file in /sys can with ReadWritePaths=/sys/kernel/mm" opens /sys/kernel/mm /sys/kernel/mm/ksm/run
fi
finish
