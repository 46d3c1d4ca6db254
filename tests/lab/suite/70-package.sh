#!/bin/bash
# The Debian package in a host of its own: installed, activated, upgraded, removed, purged. It holds the binary that
# the other suites run with, so nothing is compiled here.
# timeout: 600
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
TOP=$(realpath "$LAB_DIR/../..")
BINARY=${BINARY:-${CARGO_TARGET_DIR:-$TOP/target}/release/kvm-managerd}
HOST=package
trap '"$LAB_DIR/down.sh" --name $HOST' EXIT

build() {
    install -D -m 755 "$BINARY" "$KVMLAB_TMP/target/release/kvm-managerd"
    CARGO_TARGET_DIR=$KVMLAB_TMP/target "$TOP/scripts/deb.sh" --no-build && [ -e "$(package)" ]
}
package() { find "$KVMLAB_TMP/target/debian" -name 'kvm-manager_*.deb'; }
boot() { "$LAB_DIR/up.sh" --name $HOST >"$KVMLAB_TMP/env"; }
installs() { "$LAB_DIR/install.sh" --name $HOST --deb "$(package)" && is 'ii ' inside dpkg-query -W -f '${db:Status-Abbrev}' kvm-manager; }
shows() { bare packaged && is packaged first_machine && is active inside systemctl is-active kvm-manager; }
first_machine() { km list | cut -f1; }
authorizes() { prints '^refused NotAuthorized' as kvmlab-user -- "$KM" call packaged Start && as kvmlab-libvirt -- "$KM" --silent call packaged Start; }
again() { # as an upgrade: the machine runs on, the service is the new one
    local old
    old=$(main_pid) QEMUS=$(qemus)
    installs && [ "$(main_pid)" != "$old" ] && wait_for 10 answers && unhurt "$QEMUS"
}
intact() { is '' inside dpkg --verify kvm-manager; }
removes() { inside dpkg --remove kvm-manager && not inside test -e /usr/libexec/kvm-managerd && inside test -d /var/lib/kvm-manager && unhurt "$QEMUS" && not answers; }
purges() { inside dpkg --purge kvm-manager && not inside test -e /var/lib/kvm-manager && is '' left; }
left() { inside find /usr /etc -xdev \( -name '*kvm-manager*' -o -name '*kvmmanager*' \) ! -path '/usr/src/*' ! -path '*/kvm-manager-lab*'; }

check "the package is built, lintian has no errors" build
check "a fresh host" boot
# shellcheck source=/dev/null
. "$KVMLAB_TMP/env"
need_driver
check "it is installed" installs
check "a call activates it, a machine is listed" shows
check "polkit knows its actions and rules" authorizes
QEMUS=$(qemus)
check "installed again: the machine runs on" again
check "its files are as they were packed" intact
check "removed: the machine runs on, the state stays" removes
check "purged: nothing is left" purges
finish
