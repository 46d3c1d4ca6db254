#!/bin/bash
# The first program of the machine that run.sh --systemd starts: makes it a computer with a desktop, and goes on as systemd. The
# desktop is a unit that keeps the graphics card open; the service runs in its own unit, with its sandbox.
# shellcheck disable=SC1091,SC2154 # PROJECT, BINARY: from the settings
. /run/out/settings
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
units=/etc/systemd/system
: >/etc/fstab
hostname vfio
ln -s /proc/self/fd /dev/fd
# Nothing of this computer starts but what the story needs.
rm -rf "$units"/*.wants "$units"/*.requires /etc/libvirt/qemu /var/lib/libvirt/qemu
for unit in systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-sysusers systemd-machine-id-commit systemd-firstboot systemd-hwdb-update systemd-journal-catalog-update systemd-journal-flush systemd-update-done \
    systemd-update-utmp systemd-timesyncd systemd-binfmt systemd-random-seed systemd-pstore apparmor ldconfig keyboard-setup \
    console-setup networking ifupdown-pre e2scrub_reap; do
    ln -sfn /dev/null "$units/$unit.service"
done
mkdir -p /run/lock /run/libvirt /run/polkit-1 /etc/libvirt/qemu /var/lib/libvirt/qemu /var/log/libvirt/qemu /etc/dbus-1/system.d
cp "$PROJECT/dbus/org.kvmmanager.Manager1.conf" /etc/dbus-1/system.d/
cp "$PROJECT/polkit/org.kvmmanager.manager1.policy" /usr/share/polkit-1/actions/
printf 'cgroup_controllers = []\nnamespaces = []\nsecurity_driver = "none"\n' >/etc/libvirt/qemu.conf
sed "s|@libexecdir@/kvm-managerd|$BINARY|; s|@docdir@|/usr/share/doc/kvm-manager|" "$PROJECT/systemd/kvm-manager.service" \
    >"$units/kvm-manager.service"
sed "s|@docdir@|/usr/share/doc/kvm-manager|" "$PROJECT/systemd/kvm-manager-without@.service" >"$units/kvm-manager-without@.service"
cat >"$units/stand-in-desktop.service" <<'E2'
[Unit]
Description=A stand-in for a desktop
[Service]
ExecStart=/bin/bash -c 'if [ -e /dev/dri/card0 ]; then exec 3<>/dev/dri/card0; fi; exec -a desktop sleep infinity'
E2
ln -sfn stand-in-desktop.service "$units/display-manager.service"
cat >"$units/story.service" <<'E2'
[Unit]
After=basic.target dbus.service
Requires=dbus.service
FailureAction=poweroff-force
SuccessAction=poweroff-force
[Service]
Type=oneshot
Environment=HOME=/root LC_ALL=C.UTF-8
EnvironmentFile=/run/out/settings
ExecStart=/bin/bash -c 'bash /run/out/command >/run/out/output 2>&1 </dev/null; echo $$? >/run/out/code; sync'
E2
exec /lib/systemd/systemd --unit=story.service
