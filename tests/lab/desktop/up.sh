#!/bin/bash
# Starts a desktop in a lab host that is up: an active session on seat0 with Xvfb, openbox, xfce4-panel (StatusNotifier
# items and their menus), xfce4-notifyd and an agent of polkit with a window.
#   up.sh [--name a] [--user kvmlab-admin] [--agent lxpolkit|mate|none]
# Panel and notification service are units of the user's systemd: kvmlab-panel, kvmlab-notifyd. It ends with the host.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
NAME=${KVMLAB_NAME:-a} U=kvmlab-admin AGENT=lxpolkit
while [ $# -gt 0 ]; do
    case $1 in
        --name) NAME=$2; shift 2 ;;
        --user) U=$2; shift 2 ;;
        --agent) AGENT=$2; shift 2 ;;
        *) die "unknown option $1" ;;
    esac
done
lab_install "${DESKTOP_PACKAGES[@]}"
ROOT=/proc/$(lab_leader "$NAME")/root || die "lab host '$NAME' is not up"
for program in Xvfb openbox xfce4-panel lxpolkit xdotool import; do
    [ -x "$ROOT/usr/bin/$program" ] || die "$program was installed while the host was up and is not seen in it: start the host again"
done
uid=$(lab_in "$NAME" id -u "$U")
echo "$U $uid" >"$LAB_STATE/$NAME/desktop"

panel_settings() { # a list of windows, and the tray at the right end
    cat <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/><value type="int" value="2"/><value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator"><property name="expand" type="bool" value="true"/></property>
    <property name="plugin-3" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
      <property name="hide-new-items" type="bool" value="false"/>
    </property>
  </property>
</channel>
X
}

# What has to be in the session itself: the agent answers for it.
install -d "$ROOT/usr/local/lib/kvmlab"
cat >"$ROOT/usr/local/lib/kvmlab/desktop" <<'E'
#!/bin/bash
# desktop AGENT
export DISPLAY=:77 XDG_CURRENT_DESKTOP=XFCE LIBGL_ALWAYS_SOFTWARE=1 NO_AT_BRIDGE=1
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
mkdir -p ~/.cache
Xvfb :77 -screen 0 1280x800x24 -nolisten tcp &
until [ -S /tmp/.X11-unix/X77 ]; do sleep 0.1; done
dbus-update-activation-environment --systemd DISPLAY XDG_CURRENT_DESKTOP LIBGL_ALWAYS_SOFTWARE NO_AT_BRIDGE
openbox &
case $1 in
lxpolkit) lxpolkit & ;;
mate) /usr/libexec/polkit-mate-authentication-agent-1 & ;;
esac
wait
E
chmod 755 "$ROOT/usr/local/lib/kvmlab/desktop"
install -m 755 "$LAB_DIR/desktop/buttons.sh" "$ROOT/usr/local/lib/kvmlab/buttons"
install -m 755 "$LAB_DIR/desktop/heard.sh" "$ROOT/usr/local/lib/kvmlab/heard"
home=$(lab_in "$NAME" getent passwd "$U" | cut -d: -f6)
config=$home/.config/xfce4/xfconf/xfce-perchannel-xml
lab_in "$NAME" setpriv --reuid="$U" --regid="$U" --init-groups mkdir -p "$config"
panel_settings >"$ROOT$config/xfce4-panel.xml"
# A notification stays long enough to be pressed on a computer that is busy.
cat >"$ROOT$config/xfce4-notifyd.xml" <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-notifyd" version="1.0"><property name="expire-timeout" type="int" value="120"/></channel>
X
install -d -m 1777 "$ROOT/tmp/.X11-unix"

KVMLAB_NAME=$NAME
end_session "$U"
rm -f "$ROOT"/tmp/.X77-lock "$ROOT/tmp/.X11-unix/X77"
lab_in "$NAME" systemd-run --quiet --collect --unit=kvmlab-desktop --property=PAMName=login --property="User=$U" \
    --property=WorkingDirectory="~" --setenv=XDG_SEAT=seat0 --setenv=XDG_SESSION_TYPE=x11 \
    --setenv=XDG_SESSION_CLASS=user -- /usr/local/lib/kvmlab/desktop "$AGENT"
wait_for 60 test -S "$ROOT/tmp/.X11-unix/X77" || die "no X server"
notifyd=$(find "$ROOT/usr/lib" -path '*/xfce4/notifyd/xfce4-notifyd' -printf '/usr/lib/%P\n' -quit)
has_display() { desk systemctl --user show-environment | grep DISPLAY=; }
wait_for 60 has_display || die "the session does not come up"
# Its buttons are found by what it tells screen readers.
desk_in --unit=kvmlab-notifyd --setenv=NO_AT_BRIDGE=0 -- "$notifyd"
desk_start kvmlab-panel xfce4-panel --disable-wm-check
wait_for 60 owned org.kde.StatusNotifierWatcher || die "no tray (StatusNotifierWatcher)"
wait_for 60 owned org.freedesktop.Notifications || die "no notification service"
log "desktop of $U is up in host '$NAME' (DISPLAY=:77)"
