/* Defines machines FROM to TO-1: small, persistent, off.   usage: machines FROM TO */
#include "bench.h"
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

int main(int argc, char **argv)
{
    char xml[4096];
    virConnectPtr libvirt = virConnectOpen("qemu:///system");
    if (!libvirt || argc < 3)
        die("machines", argc < 3 ? "usage: machines FROM TO" : virGetLastErrorMessage());
    for (int i = atoi(argv[1]); i < atoi(argv[2]); i++) {
        snprintf(xml, sizeof xml,
            "<domain type='qemu'><name>bench-%05d</name><title>Machine number %d</title>"
            "<metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
            "<libosinfo:os id='http://debian.org/debian/12'/></libosinfo:libosinfo></metadata>"
            "<memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>"
            "<features><acpi/><apic/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/nonexistent/%d.qcow2'/>"
            "<target dev='vda' bus='virtio'/></disk>"
            "<interface type='network'><source network='default'/><model type='virtio'/></interface><console type='pty'/>"
            "<graphics type='vnc' port='-1' autoport='yes'/><video><model type='vga'/></video></devices></domain>", i, i, i);
        virDomainPtr domain = virDomainDefineXML(libvirt, xml);
        if (!domain)
            die("define", virGetLastErrorMessage());
        virDomainFree(domain);
    }
    virConnectClose(libvirt);
    return 0;
}
