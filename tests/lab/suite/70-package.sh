#!/bin/bash
# The Debian package in a host of its own: installed, activated, upgraded, removed, purged. It holds the programs
# that the other suites run with, so nothing is compiled here.
# timeout: 600
# shellcheck disable=SC2016,SC2015 # shells in the lab host expand those; A && B || C: C is for both
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib.sh
. "$LAB_DIR/suite/lib.sh"
: "${KVMLAB_NAME:?run by tests/lab/run.sh}"
need_driver
TOP=$(realpath "$LAB_DIR/../..")
RELEASE=${CARGO_TARGET_DIR:-$TOP/target}/release
PROGRAMS=("${BINARY:-$RELEASE/kvm-managerd}" "${GUI_BINARY:-$RELEASE/kvm-manager}" "${TRAY_BINARY:-$RELEASE/kvm-manager-tray}")
HOST=package
trap '"$LAB_DIR/down.sh" --name $HOST' EXIT

build() {
    mkdir -p "$KVMLAB_TMP/target/release" && install -m 755 "${PROGRAMS[@]}" "$KVMLAB_TMP/target/release/" &&
        CARGO_TARGET_DIR=$KVMLAB_TMP/target "$TOP/scripts/deb.sh" --no-build && [ -e "$(package)" ]
}
package() { find "$KVMLAB_TMP/target/debian" -name 'kvm-manager_*.deb'; }
boot() { "$LAB_DIR/up.sh" --name $HOST >"$KVMLAB_TMP/env"; }
installs() { "$LAB_DIR/install.sh" --name $HOST --deb "$(package)" && is 'ii ' inside dpkg-query -W -f '${db:Status-Abbrev}' kvm-manager; }
say_their_version() { prints '^kvm-manager [0-9]' inside /usr/bin/kvm-manager --version && prints '^kvm-manager-tray [0-9]' inside /usr/bin/kvm-manager-tray --version; }
tray_starts() { # on a session bus of its own, which can start the window
    as kvmlab-admin -- timeout 60 dbus-run-session -- sh -c 'kvm-manager-tray & tray=$!
        until busctl --user status org.kvmmanager.Tray >/dev/null 2>&1; do kill -0 $tray || exit 1; sleep 0.1; done
        busctl --user --activatable --no-legend | grep "^org.kvmmanager.Manager "; code=$?
        kill $tray; wait $tray; [ $code = 0 ]'
}
FILES=(/usr/share/applications/org.kvmmanager.Manager.desktop /usr/share/metainfo/org.kvmmanager.Manager.metainfo.xml /etc/xdg/autostart/kvm-manager-tray.desktop
    /usr/share/icons/hicolor/scalable/apps/org.kvmmanager.Manager.svg /usr/share/icons/hicolor/symbolic/apps/org.kvmmanager.Manager{,-tray}-symbolic.svg
    /usr/share/man/man1/kvm-manager{,-tray}.1.gz /usr/share/man/man8/kvm-managerd.8.gz)
for_desktops() { inside ls -d "${FILES[@]}"; }
licences() { local word; for word in Inter JetBrains Lucide; do inside grep -q "$word" /usr/share/doc/kvm-manager/copyright || { echo "$word"; return 1; }; done; }
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
check "window and tray say their version" say_their_version
check "the tray starts, and the bus can start the window" tray_starts
check "desktops find what they look for" for_desktops
check "the licences of fonts and icons are there" licences
check "a call activates it, a machine is listed" shows
check "polkit knows its actions and rules" authorizes
QEMUS=$(qemus)
check "installed again: the machine runs on" again
check "its files are as they were packed" intact
check "removed: the machine runs on, the state stays" removes
check "purged: nothing is left" purges
finish
