#!/bin/bash
# Fetches Debian's kernel once and unpacks it into the cache; prints its directory. A host's own
# kernel need not have modules, nor fit a guest. The caller holds the lock.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
K=$LAB_CACHE/kernel
if [ ! -e "$K/.ok" ]; then
    rm -rf "$K"
    mkdir -p "$K/deb"
    pkg=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-[0-9]/{print $2; exit}')
    [ -n "$pkg" ] || die "no linux-image package known to apt"
    fetch() { (cd "$K/deb" && apt-get -qq -o APT::Sandbox::User=root download "$pkg" >/dev/null); }
    fetch || { apt-get -qq update >/dev/null && fetch; } # the archive may have moved on since the lists
    dpkg-deb -x "$K"/deb/*.deb "$K"
    rm -rf "${K:?}/deb" "${K:?}/usr"
    ver=$(basename "$K"/lib/modules/*)
    depmod -b "$K" "$ver"
    echo "$ver" >"$K/version"
    cp "$K/boot/vmlinuz-$ver" "$K/vmlinuz"
    touch "$K/.ok"
fi
echo "$K"
