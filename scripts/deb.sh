#!/bin/bash
# `make deb`: builds the Debian package of the service, the window and the tray with cargo-deb and looks at it with
# lintian. The metadata are in service/Cargo.toml, the scripts of the package in packaging/debian.
#   deb.sh [--no-build]     --no-build: packs the release build that is there
set -euo pipefail
cd "$(dirname "$0")/.."
TARGET=${CARGO_TARGET_DIR:-target}
scripts/install-dependencies.sh deb
if ! cargo deb --version >/dev/null 2>&1; then
    echo "cargo-deb is missing: installing it for this user (cargo install cargo-deb)"
    cargo install --locked --quiet cargo-deb
fi
# cargo-deb builds one crate, and the package has the programs of three.
[ "${1:-}" = --no-build ] || cargo build --release --locked --bin kvm-managerd --bin kvm-manager --bin kvm-manager-tray
# What the metadata cannot do: fill in the directories.
mkdir -p "$TARGET/release/deb"
for file in systemd/kvm-manager.service systemd/kvm-manager-boot.service systemd/kvm-manager-without@.service dbus/org.kvmmanager.Manager1.service.in packaging/org.kvmmanager.Manager.service.in; do
    name=${file##*/}
    sed "s#@libexecdir@#/usr/libexec#g; s#@docdir@#/usr/share/doc/kvm-manager#g; s#@BINDIR@#/usr/bin#g" "$file" >"$TARGET/release/deb/${name%.in}"
done
mkdir -p "$TARGET/release/deb/wants"
ln -sfn ../kvm-manager-boot.service "$TARGET/release/deb/wants/kvm-manager-boot.service"
# Its paths are seen from the crate.
TARGET=$(realpath "$TARGET")
PACKAGE=$(cd service && CARGO_TARGET_DIR=$TARGET cargo deb --locked --no-build | tail -n 1)
lintian --fail-on error "$PACKAGE" 2>&1 | grep -v '^running with root privileges' || [ "${PIPESTATUS[0]}" = 0 ]
echo "$PACKAGE"
