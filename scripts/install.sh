#!/bin/bash
# Installs the built service, and the window and the tray if they were built, or removes exactly what it installed.
#   install.sh install|uninstall
# Called by `make install` and `make uninstall`; honours DESTDIR, PREFIX and the directories below. What was
# made, directories included, is listed in share/kvm-manager/manifest.
set -euo pipefail
cd "$(dirname "$0")/.."

DESTDIR=${DESTDIR:-}
PREFIX=${PREFIX:-/usr/local}
BINDIR=${BINDIR:-$PREFIX/bin}
LIBEXECDIR=${LIBEXECDIR:-$PREFIX/libexec}
DATADIR=${DATADIR:-$PREFIX/share}
DOCDIR=${DOCDIR:-$DATADIR/doc/kvm-manager}
MANDIR=${MANDIR:-$DATADIR/man}
UNITDIR=${UNITDIR:-$PREFIX/lib/systemd/system}
SYSUSERSDIR=${SYSUSERSDIR:-$PREFIX/lib/sysusers.d}
TMPFILESDIR=${TMPFILESDIR:-$PREFIX/lib/tmpfiles.d}
# polkit and the bus look for their policy in one place each, whatever the prefix.
POLKITDIR=${POLKITDIR:-/usr/share/polkit-1}
if [ "$PREFIX" = /usr ]; then
    DBUSPOLICYDIR=${DBUSPOLICYDIR:-/usr/share/dbus-1/system.d}
else
    DBUSPOLICYDIR=${DBUSPOLICYDIR:-/etc/dbus-1/system.d}
fi
# Desktops look for what they start at login there, whatever the prefix.
AUTOSTARTDIR=${AUTOSTARTDIR:-/etc/xdg/autostart}
BINARY=${BINARY:-${CARGO_TARGET_DIR:-target}/release/kvm-managerd}
GUI_BINARY=${GUI_BINARY:-${CARGO_TARGET_DIR:-target}/release/kvm-manager}
TRAY_BINARY=${TRAY_BINARY:-${CARGO_TARGET_DIR:-target}/release/kvm-manager-tray}
MANIFEST=$DATADIR/kvm-manager/manifest
MADE=()

# make_dir PATH : below DESTDIR; notes which directories were not there. An existing one keeps its mode:
# some of them are polkitd's.
make_dir() {
    [ ! -d "$DESTDIR$1" ] || return 0
    make_dir "$(dirname "$1")"
    mkdir -m 755 "$DESTDIR$1"
    MADE+=("dir $1")
}

put() { # put MODE SOURCE PATH
    make_dir "$(dirname "$3")"
    install -m "$1" "$2" "$DESTDIR$3.new"
    mv -f "$DESTDIR$3.new" "$DESTDIR$3"
    MADE+=("file $3")
}

put_link() { # put_link TARGET PATH
    make_dir "$(dirname "$2")"
    ln -sfn "$1" "$DESTDIR$2"
    MADE+=("file $2")
}

put_filled() { # put_filled SOURCE PATH : with the directories filled in
    local filled
    filled=$(mktemp)
    sed "s#@libexecdir@#$LIBEXECDIR#g; s#@docdir@#$DOCDIR#g; s#@BINDIR@#$BINDIR#g" "$1" >"$filled"
    put 644 "$filled" "$2"
    rm -f "$filled"
}

# Running systems only: nothing of this is done for an image or a package.
on_live_system() { [ -z "$DESTDIR" ] && [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ]; }

reload() {
    systemctl daemon-reload
    # dbus-daemon watches its directories; dbus-broker and containers may not.
    busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig || true
    show_icons
}

# Desktops look at the icons again when the time of the theme changes; GTK's cache, where there is one, has to follow.
show_icons() {
    local theme=$DATADIR/icons/hicolor
    [ -d "$theme" ] || return 0
    touch "$theme"
    if [ -e "$theme/icon-theme.cache" ] && command -v gtk-update-icon-cache >/dev/null; then
        gtk-update-icon-cache --quiet --force --ignore-theme-index "$theme" || true # without it icons are found slower
    fi
}

do_install() {
    local file
    [ -x "$BINARY" ] || { echo "install: $BINARY is not there: run 'make build' first" >&2; exit 1; }
    mkdir -p "$DESTDIR/"
    put 755 "$BINARY" "$LIBEXECDIR/kvm-managerd"
    put_filled systemd/kvm-manager.service "$UNITDIR/kvm-manager.service"
    put_filled systemd/kvm-manager-boot.service "$UNITDIR/kvm-manager-boot.service"
    put_filled systemd/kvm-manager-without@.service "$UNITDIR/kvm-manager-without@.service"
    put_link ../kvm-manager-boot.service "$UNITDIR/sysinit.target.wants/kvm-manager-boot.service"
    put 644 systemd/kvm-manager.sysusers.conf "$SYSUSERSDIR/kvm-manager.conf"
    put 644 systemd/kvm-manager.tmpfiles.conf "$TMPFILESDIR/kvm-manager.conf"
    put 644 dbus/org.kvmmanager.Manager1.conf "$DBUSPOLICYDIR/org.kvmmanager.Manager1.conf"
    put_filled dbus/org.kvmmanager.Manager1.service.in "$DATADIR/dbus-1/system-services/org.kvmmanager.Manager1.service"
    for file in dbus/interfaces/*.xml; do put 644 "$file" "$DATADIR/dbus-1/interfaces/${file##*/}"; done
    put 644 polkit/org.kvmmanager.manager1.policy "$POLKITDIR/actions/org.kvmmanager.manager1.policy"
    put 644 polkit/49-kvm-manager-libvirt.rules "$POLKITDIR/rules.d/49-kvm-manager-libvirt.rules"
    put 644 polkit/49-kvm-manager.rules.example "$DOCDIR/49-kvm-manager.rules.example"
    put 644 packaging/man/kvm-managerd.8 "$MANDIR/man8/kvm-managerd.8"
    for file in LICENSE-MIT LICENSE-APACHE README.md CHANGELOG.md SECURITY.md docs/*.md; do
        [ ! -e "$file" ] || put 644 "$file" "$DOCDIR/${file##*/}"
    done
    [ ! -x "$GUI_BINARY" ] || put_gui
    [ ! -x "$TRAY_BINARY" ] || put_tray
    if [ -x "$GUI_BINARY" ] || [ -x "$TRAY_BINARY" ]; then put_icons; fi
    # Whatever the prefix: QEMU may read ROMs there.
    make_dir /usr/share/vgabios/kvm-manager
    keep_manifest
    if on_live_system; then
        systemd-sysusers "$SYSUSERSDIR/kvm-manager.conf"
        systemd-tmpfiles --create "$TMPFILESDIR/kvm-manager.conf"
        reload
        systemctl try-restart kvm-manager.service
    fi
    echo "Installed below ${DESTDIR:-/}; $DESTDIR$MANIFEST lists what."
}

put_gui() {
    put 755 "$GUI_BINARY" "$BINDIR/kvm-manager"
    put 644 packaging/org.kvmmanager.Manager.desktop "$DATADIR/applications/org.kvmmanager.Manager.desktop"
    put_filled packaging/org.kvmmanager.Manager.service.in "$DATADIR/dbus-1/services/org.kvmmanager.Manager.service"
    put 644 packaging/org.kvmmanager.Manager.metainfo.xml "$DATADIR/metainfo/org.kvmmanager.Manager.metainfo.xml"
    put 644 packaging/man/kvm-manager.1 "$MANDIR/man1/kvm-manager.1"
    put 644 packaging/completions/kvm-manager.bash "$DATADIR/bash-completion/completions/kvm-manager"
    put 644 packaging/completions/_kvm-manager "$DATADIR/zsh/site-functions/_kvm-manager"
    put 644 packaging/completions/kvm-manager.fish "$DATADIR/fish/vendor_completions.d/kvm-manager.fish"
    # Fonts and icons are in the program; their licences come with each copy.
    put 644 ui/fonts/LICENSE-Inter.txt "$DOCDIR/LICENSE-Inter.txt"
    put 644 ui/fonts/LICENSE-JetBrainsMono.txt "$DOCDIR/LICENSE-JetBrainsMono.txt"
    put 644 ui/icons/LICENSE "$DOCDIR/LICENSE-Lucide.txt"
}

put_tray() {
    put 755 "$TRAY_BINARY" "$BINDIR/kvm-manager-tray"
    put 644 packaging/kvm-manager-tray.desktop "$AUTOSTARTDIR/kvm-manager-tray.desktop"
    put 644 packaging/man/kvm-manager-tray.1 "$MANDIR/man1/kvm-manager-tray.1"
}

put_icons() {
    local file
    for file in packaging/icons/hicolor/*/apps/*.svg; do put 644 "$file" "$DATADIR/${file#packaging/}"; done
}

# What an older version installed and this one does not is removed.
keep_manifest() {
    local old=() line kind path new
    [ ! -e "$DESTDIR$MANIFEST" ] || mapfile -t old <"$DESTDIR$MANIFEST"
    make_dir "$(dirname "$MANIFEST")"
    new=$(printf '%s\n' "${MADE[@]}" "file $MANIFEST")
    for line in "${old[@]}"; do
        ! grep -Fxq -- "$line" <<<"$new" || continue
        read -r kind path <<<"$line"
        if [ "$kind" = file ]; then rm -f "$DESTDIR$path"; else new=$line$'\n'$new; fi
    done
    printf '%s\n' "$new" >"$DESTDIR$MANIFEST.new"
    chmod 644 "$DESTDIR$MANIFEST.new"
    mv "$DESTDIR$MANIFEST.new" "$DESTDIR$MANIFEST"
}

do_uninstall() {
    local lines=() kind path i
    [ -e "$DESTDIR$MANIFEST" ] || { echo "uninstall: nothing is installed ($DESTDIR$MANIFEST is not there)" >&2; exit 1; }
    if on_live_system; then # either may not be known
        systemctl disable --now kvm-manager.service 2>/dev/null || true
        systemctl stop kvm-manager-boot.service 2>/dev/null || true
    fi
    mapfile -t lines <"$DESTDIR$MANIFEST"
    for ((i = ${#lines[@]} - 1; i >= 0; i--)); do
        read -r kind path <<<"${lines[i]}"
        case $kind in
            file) rm -f "$DESTDIR$path" ;;
            dir) rmdir "$DESTDIR$path" 2>/dev/null || true ;; # others put files there
        esac
    done
    # Directories that came up between files, innermost first.
    printf '%s\n' "${lines[@]}" | awk '$1 == "dir" { print length($2), $2 }' | sort -rn | while read -r _ path; do
        [ ! -d "$DESTDIR$path" ] || rmdir "$DESTDIR$path" 2>/dev/null || true
    done
    ! on_live_system || reload
    echo "Removed. The group kvm-manager and /var/lib/kvm-manager stay, if the service has run."
}

case ${1:-} in
    install) do_install ;;
    uninstall) do_uninstall ;;
    *) echo "usage: install.sh install|uninstall" >&2; exit 2 ;;
esac
