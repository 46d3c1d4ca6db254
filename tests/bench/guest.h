/* One tiny guest to control: software emulation, no disk, no firmware that does anything. */
#pragma once
#include <ctype.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "bench.h"

#define MACHINE SERVICE ".Machine"
#define PEER "org.libvirt"
#define PEER_DOMAIN "org.libvirt.Domain"

/* A call of libvirt's; an error ends the program. */
#define VIR(expression) vir(expression, #expression)
static inline int vir(int result, const char *what)
{
    if (result < 0)
        die(what, virGetLastErrorMessage());
    return result;
}

static inline virConnectPtr open_libvirt(void)
{
    virConnectPtr libvirt = virConnectOpen("qemu:///system");
    if (!libvirt)
        die("libvirt", virGetLastErrorMessage());
    return libvirt;
}

static inline virDomainPtr define_guest(virConnectPtr libvirt)
{
    virDomainPtr guest = virDomainDefineXML(libvirt,
        "<domain type='qemu'><name>bench-guest</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
        "<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>");
    if (!guest)
        die("define", virGetLastErrorMessage());
    return guest;
}

/* Our path of the guest, once the service shows it. */
static inline char *our_path(sd_bus *bus, virDomainPtr guest)
{
    static char path[128];
    char uuid[VIR_UUID_STRING_BUFLEN];
    VIR(virDomainGetUUIDString(guest, uuid));
    for (char *letter = uuid; *letter; letter++)
        *letter = *letter == '-' ? '_' : (char)tolower(*letter);
    snprintf(path, sizeof path, ROOT "/machines/%s", uuid);
    for (int attempt = 0; attempt < 100; attempt++, usleep(50000)) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        uint32_t state;
        int result = sd_bus_get_property_trivial(bus, SERVICE, path, MACHINE, "State", &error, 'u', &state);
        sd_bus_error_free(&error);
        if (result >= 0)
            return path;
    }
    die(path, "the service does not show it");
    return NULL;
}

/* libvirt-dbus's path of the guest. */
static inline char *peer_path(sd_bus *bus)
{
    const char *path;
    sd_bus_message *call = new_call(bus, PEER, "/org/libvirt/QEMU", "org.libvirt.Connect", "DomainLookupByName");
    CHECK(sd_bus_message_append(call, "s", "bench-guest"));
    sd_bus_message *reply = answer(bus, call);
    CHECK(sd_bus_message_read(reply, "o", &path));
    char *copy = strdup(path);
    sd_bus_message_unref(reply);
    return copy;
}
