# shellcheck shell=bash
# Installing packages; sourced by scripts/install-dependencies.sh and tests/lab/lib.sh.

# What a desktop to test on is made of; the suites 80-tray and 85-window have one in a throw-away host.
# shellcheck disable=SC2034 # for those who source this
DESKTOP_PACKAGES=(xvfb openbox xfce4-panel xfce4-notifyd lxpolkit mate-polkit xdotool imagemagick x11-utils
    fonts-dejavu-core adwaita-icon-theme at-spi2-core)

apt_has() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

# apt_missing PACKAGE... : prints those that are not installed.
apt_missing() {
    local package
    for package in "$@"; do apt_has "$package" || echo "$package"; done
}

# apt_pins : some machines carry a qemu-utils from a newer release than the QEMU that apt would
# install, and apt would remove the one to install the other. Prints PACKAGE=VERSION for each such
# package, so that all of QEMU comes from one version line. Prints nothing on other machines.
apt_pins() {
    local base package version
    base=$(apt-cache policy qemu-system-x86 | awk '/Candidate:/ { print $2 }')
    base=${base%%+*}
    [ -n "$base" ] && [ "$base" != "(none)" ] || return 0
    for package in qemu-utils qemu-block-extra qemu-system-common qemu-system-data; do
        apt_has "$package" || continue
        [[ $(dpkg-query -W -f '${Version}' "$package") != "$base"* ]] || continue
        version=$(apt-cache madison "$package" | awk -v base="$base" 'index($3, base) == 1 { print $3; exit }')
        [ -z "$version" ] || echo "$package=$version"
    done
}

# apt_lists_are_old : the package lists are missing or older than a day.
apt_lists_are_old() {
    [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -1440 -print -quit 2>/dev/null)" ]
}

# apt_install LOG PACKAGE... : as root, installs what is missing.
apt_install() {
    local log=$1 missing=() pins=() round
    shift
    local apt=(apt-get -qq -y -o DPkg::Lock::Timeout=600 --no-install-recommends --allow-downgrades)
    : >"$log"
    # Installing one package may take another of the set away: hence the next round.
    for round in 1 2 3; do
        mapfile -t missing < <(apt_missing "$@")
        [ ${#missing[@]} -gt 0 ] || return 0
        echo "installing: ${missing[*]}" >&2
        if [ "$round" = 1 ] && apt_lists_are_old; then
            apt-get -qq -o DPkg::Lock::Timeout=600 update >>"$log" 2>&1 || true # an old list may do
        fi
        mapfile -t pins < <(apt_pins)
        DEBIAN_FRONTEND=noninteractive "${apt[@]}" install "${missing[@]}" "${pins[@]}" >>"$log" 2>&1 </dev/null || true
        [ "$round" != 2 ] || apt-get -qq -o DPkg::Lock::Timeout=600 update >>"$log" 2>&1 || true
    done
    mapfile -t missing < <(apt_missing "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    tail -n 5 "$log" >&2
    echo "not installed: ${missing[*]}" >&2
    return 1
}
