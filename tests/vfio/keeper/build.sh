#!/bin/bash
# Builds a stand-in for a driver whose modules keep its cards, for the kernel of the machines; once, into the cache. Prints the directory.
# shellcheck source=../../lab/lib.sh
. "$(dirname "$0")/../../lab/lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
KERNEL=$("$LAB_DIR/kernel.sh")
VERSION=$(cat "$KERNEL/version")
BUILT=$LAB_CACHE/keeper-$VERSION-$(cat "$HERE"/*.c "$HERE/Kbuild" | sha256sum | cut -c1-16)
if [ ! -e "$BUILT/nvidia_drm.ko" ]; then
    SCRATCH=$(mktemp -d)
    trap 'rm -rf "$SCRATCH"' EXIT
    packages=("linux-headers-$VERSION" "linux-headers-${VERSION%-*}-common" "linux-kbuild-$(cut -d. -f1,2 <<<"$VERSION")")
    fetch() { (cd "$SCRATCH" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null); }
    fetch || { apt-get -qq update >/dev/null && fetch; } # the archive may have moved on since the lists
    for package in "$SCRATCH"/*.deb; do dpkg-deb -x "$package" "$SCRATCH"; done
    sed -i "s|/usr/src|$SCRATCH/usr/src|" "$SCRATCH/usr/src/linux-headers-$VERSION/Makefile"
    mkdir "$SCRATCH/keeper"
    cp "$HERE"/*.c "$HERE/Kbuild" "$SCRATCH/keeper/"
    make -s -C "$SCRATCH/usr/src/linux-headers-$VERSION" M="$SCRATCH/keeper" CC=gcc modules >&2
    mkdir -p "$BUILT"
    mv "$SCRATCH"/keeper/*.ko "$BUILT/"
fi
echo "$BUILT"
