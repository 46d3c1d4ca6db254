#!/bin/bash
# Finds what this machine lacks to run, test or measure KVM Manager and installs it through the system's
# package manager. Says what it will do. What is there already is left alone.
#   install-dependencies.sh [run|test|bench|deb]
# Without root and without sudo it prints the command and exits 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=packages.sh
. "$here/packages.sh"
PURPOSE=${1:-run}

# What is needed, how to see that it is there, and what it is called:
#   purpose | test | apt | dnf | pacman | zypper        ("-": that system has no such package, or needs none)
# cmd: a program; pc: a library with its headers; so: a library that is loaded at run time; file: a path
read -r -d '' TABLE <<'T' || true
run  cmd:cc                gcc                          gcc                          gcc            gcc
run  cmd:pkg-config        pkg-config                   pkgconf-pkg-config           pkgconf        pkg-config
run  pc:libvirt            libvirt-dev                  libvirt-devel                libvirt        libvirt-devel
run  cmd:libvirtd          libvirt-daemon-system        libvirt-daemon               libvirt        libvirt-daemon
run  cmd:virsh             libvirt-clients              libvirt-client               libvirt        libvirt-client
run  cmd:qemu-system-x86_64|qemu-kvm|/usr/libexec/qemu-kvm  qemu-system-x86,libvirt-daemon-driver-qemu  qemu-kvm,libvirt-daemon-driver-qemu  qemu-base  qemu-x86,libvirt-daemon-qemu
run  cmd:qemu-img          qemu-utils                   qemu-img                     qemu-img       qemu-img
run  cmd:dbus-daemon       dbus                         dbus-daemon                  dbus           dbus-1
run  cmd:busctl            systemd                      systemd                      systemd        systemd
run  cmd:setpriv           util-linux                   util-linux                   util-linux     util-linux
run  file:/usr/lib/polkit-1/polkitd|/usr/libexec/polkitd  polkitd  polkit  polkit  polkit
run  so:libxkbcommon-x11.so.0  libxkbcommon-x11-0   libxkbcommon-x11             libxkbcommon-x11 libxkbcommon-x11-0
run  so:libXcursor.so.1    libxcursor1              libXcursor                   libxcursor     libXcursor1
run  so:libXi.so.6         libxi6                   libXi                        libxi          libXi6
test cmd:xmllint           libxml2-utils                libxml2                      libxml2        libxml2-tools
test cmd:shellcheck        shellcheck                   ShellCheck                   shellcheck     ShellCheck
test cmd:c++               g++                          gcc-c++                      gcc            gcc-c++
test cmd:virt-xml-validate libvirt-clients              libvirt-client               libvirt        libvirt-client
test cmd:dbus-run-session  dbus                         dbus-daemon                  dbus           dbus-1
test cmd:mdevctl           mdevctl                      mdevctl                      -              mdevctl
bench pc:libsystemd        libsystemd-dev               systemd-devel                systemd        systemd-devel
bench cmd:libvirt-dbus|/usr/sbin/libvirt-dbus  libvirt-dbus  libvirt-dbus  libvirt-dbus  libvirt-dbus
bench cmd:ip               iproute2                     iproute                      iproute2       iproute2
bench pc:xdamage           libxdamage-dev           libXdamage-devel             libxdamage     libXdamage-devel
bench pc:xtst              libxtst-dev              libXtst-devel                libxtst        libXtst-devel
bench cmd:virt-manager     virt-manager             virt-manager                 virt-manager   virt-manager
bench cmd:Xvfb             xvfb                     xorg-x11-server-Xvfb         xorg-server-xvfb xorg-x11-server-Xvfb
bench cmd:openbox          openbox                  openbox                      openbox        openbox
bench cmd:import           imagemagick              ImageMagick                  imagemagick    ImageMagick
deb  cmd:dpkg-deb          dpkg                         -                            -              -
deb  cmd:lintian           lintian                      -                            -              -
T

there() { # there TEST : alternatives are separated by |
    local kind=${1%%:*} name names
    IFS='|' read -ra names <<<"${1#*:}"
    for name in "${names[@]}"; do
        case $kind in
            cmd) PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null && return 0 ;;
            pc) pkg-config --exists "$name" 2>/dev/null && return 0 ;;
            # Not a pipe: grep ends at the first line, and what the other writes after it would count as a failure.
            so) grep -qF "$name " <<<"$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null)" && return 0 ;;
            file) [ ! -e "$name" ] || return 0 ;;
        esac
    done
    return 1
}

find_manager() {
    local manager
    for manager in apt-get dnf pacman zypper; do
        command -v $manager >/dev/null && { echo $manager; return 0; }
    done
    return 1
}

# missing COLUMN : the names, in that package manager's tongue, of what is not there.
missing() {
    local row package
    local -A column=([apt]=2 [dnf]=3 [pacman]=4 [zypper]=5)
    local -A wanted=([run]=" run " [test]=" run test " [bench]=" run bench " [deb]=" run deb ")
    while read -ra row; do
        [[ ${wanted[$PURPOSE]} == *" ${row[0]} "* ]] || continue
        there "${row[1]}" && continue
        package=${row[${column[$1]}]}
        [ "$package" = - ] || echo "${package//,/$'\n'}"
    done <<<"$TABLE" | sort -u
    # The suites run as root, on Debian and its kin.
    if [ "$1$PURPOSE$(id -u)" = apttest0 ]; then apt_missing "${DESKTOP_PACKAGES[@]}"; fi
}

case $PURPOSE in run | test | bench | deb) ;; *) echo "usage: install-dependencies.sh [run|test|bench|deb]" >&2; exit 2 ;; esac
if ! command -v cargo >/dev/null; then
    echo "Rust is not installed: see https://rustup.rs/ (or your distribution's cargo, 1.89 or newer)." >&2
    exit 1
fi
if ! MANAGER=$(find_manager); then
    echo "No apt-get, dnf, pacman or zypper here; install by hand what docs/testing.md lists." >&2
    exit 1
fi
mapfile -t PACKAGES < <(missing "${MANAGER%-get}")
[ ${#PACKAGES[@]} -gt 0 ] || exit 0

case $MANAGER in
    apt-get) COMMAND=(apt-get install -y --no-install-recommends) ;;
    dnf) COMMAND=(dnf install -y --setopt=install_weak_deps=False) ;;
    pacman) COMMAND=(pacman -S --needed --noconfirm) ;;
    zypper) COMMAND=(zypper --non-interactive install --no-recommends) ;;
esac
echo "Missing for 'make $PURPOSE': ${PACKAGES[*]}"
SUDO=()
if [ "$(id -u)" != 0 ]; then
    # A password is only asked for when somebody can type it.
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        SUDO=(sudo)
    else
        echo "This needs root. Run:  ${COMMAND[*]} ${PACKAGES[*]}" >&2
        exit 1
    fi
fi
echo "Installing them: ${SUDO[*]} ${COMMAND[*]} ${PACKAGES[*]}"
if [ "$MANAGER" = apt-get ]; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    # shellcheck disable=SC2016
    "${SUDO[@]}" bash -c '. "$1"; shift; apt_install "$@"' - "$here/packages.sh" "$log" "${PACKAGES[@]}"
else
    "${SUDO[@]}" "${COMMAND[@]}" "${PACKAGES[@]}" </dev/null
fi
mapfile -t LEFT < <(missing "${MANAGER%-get}")
if [ ${#LEFT[@]} -gt 0 ]; then
    echo "Still missing: ${LEFT[*]}" >&2
    exit 1
fi
