#!/bin/bash
# Defines and starts a test guest in a lab host and waits for its agent.
#   start.sh [--host a] [--image guest] [--disk-dir DIR] [--no-agent] NAME
# Its disk is a copy of data.qcow2 in DIR (/var/lib/libvirt/images). A guest of that name is replaced.
# --no-agent: returns as soon as libvirt has started it.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
HOST=a IMAGE=guest DISKS=/var/lib/libvirt/images AGENT=1
while [ $# -gt 1 ]; do
    case $1 in
        --host) HOST=$2; shift 2 ;;
        --image) IMAGE=$2; shift 2 ;;
        --disk-dir) DISKS=$2; shift 2 ;;
        --no-agent) AGENT=0; shift ;;
        *) die "unknown option $1" ;;
    esac
done
NAME=${1:?name of the guest}
# An image built with --add has a name of its own and is rebuilt by who needs it.
[ "$IMAGE" != guest ] || "$LAB_DIR/guest/build.sh" >/dev/null
LEADER=$(lab_leader "$HOST") || die "lab host '$HOST' is not up"
ROOT=/proc/$LEADER/root
DISK=$DISKS/$NAME.qcow2
VIRSH=(lab_in "$HOST" timeout 60 virsh -q -c qemu:///system)

"${VIRSH[@]}" destroy "$NAME" >/dev/null 2>&1 || true # there may be none
"${VIRSH[@]}" undefine --managed-save --snapshots-metadata --nvram "$NAME" >/dev/null 2>&1 || true
cp "$LAB_CACHE/$IMAGE/data.qcow2" "$ROOT$DISK"
lab_in "$HOST" chown libvirt-qemu:libvirt-qemu "$DISK"
sed -e "s#@NAME@#$NAME#g; s#@DIR@#/var/cache/kvm-manager-lab/$IMAGE#g; s#@DISK@#$DISK#g" \
    "$LAB_DIR/guest/domain.xml.in" >"$ROOT/tmp/$NAME.xml"
"${VIRSH[@]}" define "/tmp/$NAME.xml" >&2
rm -f "$ROOT/tmp/$NAME.xml"
# The next lab host need not find out again what QEMU can do.
[ -d "$LAB_CACHE/capabilities" ] || cp -a "$ROOT/var/cache/libvirt/qemu" "$LAB_CACHE/capabilities"
began=$SECONDS
"${VIRSH[@]}" start "$NAME" >&2
[ $AGENT = 1 ] || exit 0
wait_for "${KVMLAB_GUEST_TIMEOUT:-120}" "${VIRSH[@]}" qemu-agent-command "$NAME" '{"execute":"guest-ping"}' ||
    die "the agent of '$NAME' does not answer"
log "guest '$NAME' answers after $((SECONDS - began)) s"
