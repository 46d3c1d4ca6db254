#!/bin/bash
# The first program of the machine that run.sh starts: its daemons, the command, and the end.
# shellcheck disable=SC1091
. /run/out/settings
export HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin BINARY DRIVER PROJECT
mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
ln -s /proc/self/fd /dev/fd
mount -t cgroup2 cgroup2 /sys/fs/cgroup
hostname vfio
ip link set lo up
for module in vfio-pci e1000e e1000 nvme ext4 tun bridge sd_mod xhci_pci usb_storage usbhid hid_generic evdev virtio_scsi sr_mod sg; do modprobe "$module"; done
# libvirt looks when it starts where huge pages are.
for size in 2M 1G; do mkdir -p /run/hugepages/$size && mount -t hugetlbfs -o pagesize=$size hugepages /run/hugepages/$size; done
rm -rf /etc/libvirt/qemu /var/lib/libvirt/qemu
mkdir -p /etc/libvirt/qemu /var/lib/libvirt/qemu /var/log/libvirt/qemu /run/dbus /run/lock /run/libvirt /run/udev /etc/dbus-1/system.d
cp "$PROJECT/dbus/org.kvmmanager.Manager1.conf" /etc/dbus-1/system.d/
cp "$PROJECT/polkit/org.kvmmanager.manager1.policy" /usr/share/polkit-1/actions/
# Without systemd nobody hands cgroups out, and nothing here needs to be kept from a guest that is only firmware.
printf 'cgroup_controllers = []\nnamespaces = []\nsecurity_driver = "none"\n' >/etc/libvirt/qemu.conf
dbus-daemon --system --fork --nopidfile
/usr/lib/polkit-1/polkitd --no-debug >/dev/null 2>&1 &
/lib/systemd/systemd-udevd --daemon 2>/dev/null && udevadm trigger
virtlogd -d
libvirtd -d
bash /run/out/command >/run/out/output 2>&1 </dev/null
echo $? >/run/out/code
sync
exec busybox poweroff -f
