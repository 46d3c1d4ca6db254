#!/bin/bash
# The product as an administrator gets it: activated over the bus, sandboxed, watched.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
BUS_NAME=org.kvmmanager.Manager1
OBJECT=/org/kvmmanager/Manager1
DROP_IN=$KVMLAB_ROOT/run/systemd/system/kvm-manager.service.d
trap 'rm -rf "$DROP_IN"; lab_in "$KVMLAB_NAME" systemctl daemon-reload' EXIT

inside() { lab_in "$KVMLAB_NAME" timeout 60 "$@"; }
as() { "$LAB_DIR/exec.sh" --name "$KVMLAB_NAME" --user "$@"; }
main_pid() { inside systemctl show kvm-manager -p MainPID --value; }
status() { inside cat "/proc/$(main_pid)/status"; }
is() { # is EXPECTED COMMAND...
    local got
    got=$("${@:2}")
    [ "$got" = "$1" ] || { echo "expected '$1', got '$got'"; return 1; }
}
ping() { as kvmlab-user -- timeout 60 busctl --timeout=60 call $BUS_NAME $OBJECT org.freedesktop.DBus.Peer Ping; }
activates() { is inactive inside systemctl is-active kvm-manager && ping && is active inside systemctl is-active kvm-manager; }
owner_uid() { inside busctl call org.freedesktop.DBus / org.freedesktop.DBus GetConnectionUnixUser s $BUS_NAME; }
cannot_own() {
    inside systemctl stop kvm-manager
    ! as kvmlab-user -- dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.RequestName string:$BUS_NAME uint32:4 >"$KVMLAB_TMP/own" 2>&1 || return 1
    grep AccessDenied "$KVMLAB_TMP/own"
}
field() { status | awk -v field="$1:" '$1 == field { print $2 }'; }
has_no_rights() {
    local set
    for set in CapInh CapAmb; do is 0000000000000000 field $set || return 1; done
    # CAP_NET_ADMIN, for virtual functions of network cards.
    for set in CapPrm CapEff CapBnd; do is 0000000000001000 field $set || return 1; done
    is 1 field NoNewPrivs && is 2 field Seccomp
}
keeps_little() { # the C library cuts what it has read out of the process's own list
    local environment
    environment=$(inside systemctl show kvm-manager -p Environment --value)
    echo "$environment"
    [ "$environment" = "GLIBC_TUNABLES=glibc.malloc.tcache_max=256:glibc.pthread.stack_cache_size=0 G_SLICE=always-malloc" ]
}
restarted_after() { # restarted_after SIGNAL SECONDS
    local old=$KVMLAB_TMP/pid
    main_pid >"$old"
    [ "$(<"$old")" != 0 ] || return 1
    inside kill -s "$1" "$(<"$old")"
    wait_for "$2" replaced "$(<"$old")" && ping
}
replaced() { [ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && is active inside systemctl is-active kvm-manager; }
watchdog() {
    mkdir -p "$DROP_IN"
    printf '[Service]\nWatchdogSec=3\n' >"$DROP_IN/lab.conf"
    inside systemctl daemon-reload
    inside systemctl restart kvm-manager
    restarted_after STOP 30
}
stops_cleanly() {
    ping && inside systemctl stop kvm-manager &&
        is success inside systemctl show kvm-manager -p Result --value &&
        is 0 inside systemctl show kvm-manager -p ExecMainStatus --value
}
lists_what_is_there() {
    local kind path
    while read -r kind path; do
        [ -e "$KVMLAB_ROOT$path" ] || { echo "$kind $path is listed and not there"; return 1; }
    done <"$KVMLAB_ROOT/usr/share/kvm-manager/manifest"
}
comes_with() { # comes_with PROGRAM FILE... : all of them, or nothing if it was not built
    local file expected=absent found
    [ ! -e "$KVMLAB_ROOT/usr/bin/$1" ] || expected=there
    for file in "${@:2}"; do
        found=absent
        [ ! -e "$KVMLAB_ROOT/$file" ] || found=there
        [ $found = $expected ] || { echo "$1 is $expected, /$file is $found"; return 1; }
    done
}
# A device that no computer has: nothing is bound, and everything else is done.
starts_early() {
    local state=$KVMLAB_ROOT/var/lib/kvm-manager/boot
    printf '{"devices":[{"address":"ffff:ff:1f.7","vendor":1,"device":1,"class":1,"allow_no_reset":false}]}' >"$state/wanted.json"
    inside systemctl start kvm-manager-boot && is active inside systemctl is-active kvm-manager-boot && grep '"gone"' "$state/run.json" &&
        wait_for 20 is "u 3" inside busctl get-property $BUS_NAME $OBJECT/host $BUS_NAME.Host.AtBoot State
}
forgets_early() {
    inside busctl call $BUS_NAME $OBJECT/host $BUS_NAME.Host.AtBoot Forget 'sa{sv}' ffff:ff:1f.7 0 && inside systemctl stop kvm-manager-boot
}
is_wanted_at_start() { inside systemctl show sysinit.target -p Wants --value | grep -w kvm-manager-boot.service; }

check "what the manifest lists is there" lists_what_is_there
check "the window comes whole or not at all" comes_with kvm-manager usr/share/man/man1/kvm-manager.1 \
    usr/share/applications/org.kvmmanager.Manager.desktop usr/share/metainfo/org.kvmmanager.Manager.metainfo.xml \
    usr/share/dbus-1/services/org.kvmmanager.Manager.service usr/share/bash-completion/completions/kvm-manager \
    usr/share/zsh/site-functions/_kvm-manager usr/share/fish/vendor_completions.d/kvm-manager.fish
check "the tray comes whole or not at all" comes_with kvm-manager-tray usr/share/man/man1/kvm-manager-tray.1 \
    etc/xdg/autostart/kvm-manager-tray.desktop
inside systemctl stop kvm-manager
check "nobody else can own the bus name" cannot_own
check "the first call starts the service" activates
check "the owner of the bus name is root" is "u 0" owner_uid
check "root with one capability, with seccomp" has_no_rights
check "the unit's exposure is below 2.0" inside systemd-analyze security --threshold=20 --no-pager kvm-manager
check "so is that of the early start's" inside systemd-analyze security --threshold=20 --no-pager kvm-manager-boot
check "and that of what unloads a card's modules" inside systemd-analyze security --threshold=20 --no-pager kvm-manager-without@nvidia_drm
check "each start of the computer wants it" is_wanted_at_start
check "in its sandbox it does what is kept, and the service says so" starts_early
check "and it can be forgotten" forgets_early
check "threads keep little for themselves, and nothing of those that ended" keeps_little
check "the state directory is root's alone" is "700 root root" inside stat -c '%a %U %G' /var/lib/kvm-manager
check "the group kvm-manager exists and is empty" is "" sh -c "grep '^kvm-manager:' $KVMLAB_ROOT/etc/group | cut -d: -f4 || echo missing"
check "it comes back after SIGKILL" restarted_after KILL 20
check "it comes back after it hangs" watchdog
check "it stops cleanly, with exit code 0" stops_cleanly
finish
