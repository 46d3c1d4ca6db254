#!/bin/bash
# Installs the built product into a lab host that is up, as an administrator would.
#   install.sh [--name a] [--prefix /usr] [--deb FILE] [--remove]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
NAME=${KVMLAB_NAME:-a} PREFIX=/usr DEB='' WHAT=install
while [ $# -gt 0 ]; do
    case $1 in
        --name) NAME=$2; shift 2 ;;
        --prefix) PREFIX=$2; shift 2 ;;
        --deb) DEB=$2; shift 2 ;;
        --remove) WHAT=uninstall; shift ;;
        *) die "unknown option $1" ;;
    esac
done
LEADER=$(lab_leader "$NAME") || die "lab host '$NAME' is not up"
ROOT=/proc/$LEADER/root

if [ -n "$DEB" ]; then
    install -m 644 "$DEB" "$ROOT/tmp/kvm-manager.deb"
    lab_in "$NAME" env DEBIAN_FRONTEND=noninteractive dpkg --install /tmp/kvm-manager.deb >&2
    rm -f "$ROOT/tmp/kvm-manager.deb"
    exit 0
fi
[ $WHAT = install ] || lab_in "$NAME" systemctl stop kvm-manager.service
DESTDIR=$ROOT PREFIX=$PREFIX "$LAB_DIR/../../scripts/install.sh" $WHAT >&2
# What `make install` does itself when it is not told another root.
if [ $WHAT = install ]; then
    lab_in "$NAME" systemd-sysusers
    lab_in "$NAME" systemd-tmpfiles --create kvm-manager.conf
fi
lab_in "$NAME" systemctl daemon-reload
lab_in "$NAME" busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig
if [ $WHAT = install ]; then
    lab_in "$NAME" systemctl start polkit
    wait_for 20 lab_in "$NAME" pkaction --action-id org.kvmmanager.manager1.unlock-host || die "polkitd does not see the actions"
fi
