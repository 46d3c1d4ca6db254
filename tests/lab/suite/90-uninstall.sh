#!/bin/bash
# Removing leaves nothing; the other prefix and, if it was built, the Debian package work too. Runs last.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"

inside() { lab_in "$KVMLAB_NAME" timeout 120 "$@"; }
ours() {
    find "$KVMLAB_ROOT"/{usr,etc,run,lib} \( -name '*kvm-manager*' -o -name '*org.kvmmanager*' \) ! -path '*/kvm-manager-lab*' ! -type l 2>/dev/null |
        sed "s#^$KVMLAB_ROOT##" | grep -vE '^(/run/(systemd|log)/|/proc/)|/var/lib/dpkg/' || true
}
leaves_nothing() {
    [ -z "$(ours)" ] || { ours; return 1; }
    [ -z "$(find "$KVMLAB_ROOT"/{usr,etc}/ -path '*.wants/kvm-manager*')" ] || return 1
    ! inside busctl call org.kvmmanager.Manager1 /org/kvmmanager/Manager1 org.freedesktop.DBus.Peer Ping || return 1
}
answers() { inside busctl --timeout=60 call org.kvmmanager.Manager1 /org/kvmmanager/Manager1 org.freedesktop.DBus.Peer Ping; }
remove() { "$LAB_DIR/install.sh" --name "$KVMLAB_NAME" --remove "$@"; }
install_at() { "$LAB_DIR/install.sh" --name "$KVMLAB_NAME" "$@" && answers; }
purge() { inside dpkg --purge kvm-manager && [ ! -e "$KVMLAB_ROOT/var/lib/kvm-manager" ]; }

check "make uninstall" remove
check "it leaves nothing" leaves_nothing
check "PREFIX=/usr/local: installed and activated" install_at --prefix /usr/local
check "PREFIX=/usr/local: removed" remove --prefix /usr/local
check "PREFIX=/usr/local: leaves nothing" leaves_nothing
package=$(find "${CARGO_TARGET_DIR:-$LAB_DIR/../../target}/debian" -name 'kvm-manager_*.deb' -newer "$LAB_DIR/../../service/Cargo.toml" -print -quit 2>/dev/null || true)
if [ -n "$package" ]; then
    check "Debian package: installed and activated" install_at --deb "$package"
    check "Debian package: purged with its state" purge
    check "Debian package: leaves nothing" leaves_nothing
else
    log "skipped: no Debian package was built (make deb)"
fi
finish
