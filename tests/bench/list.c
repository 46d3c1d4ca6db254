/* How long a list of all machines takes: ours, the floor's, raw libvirt's, libvirt-dbus's, in turns.
 *   list compare ROUNDS PEER_ROUNDS   one JSON line for each
 *   list repeat COUNT                 lists COUNT times, prints nothing
 *   list objects COUNT                GetManagedObjects COUNT times, prints nothing
 *   list peer                         one listing through libvirt-dbus, prints nothing
 *   list cold ROUNDS PROGRAM ARG...   starts and ends the service each time: until its first answer
 *   list raw ROUNDS                   only raw libvirt */
#include "bench.h"
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <sys/wait.h>

/* libvirt-dbus's limits allow about this many unanswered calls. */
#define WINDOW 400

static sd_bus *bus;
static virConnectPtr libvirt;

static int list(sd_bus_message *call)
{
    sd_bus_message *reply = answer(bus, call);
    int count = read_list(reply);
    sd_bus_message_unref(reply);
    return count;
}

static int list_floor(void)
{
    sd_bus_message *call = new_call(bus, FLOOR, FLOOR_PATH, FLOOR, "List");
    CHECK(sd_bus_message_append(call, "a{sv}", 0));
    return list(call);
}

static int list_ours(void)
{
    return list(list_call(bus));
}

static int list_objects(void)
{
    sd_bus_message *reply =
        answer(bus, new_call(bus, SERVICE, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"));
    int count = 0;
    CHECK(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}"));
    while (CHECK(sd_bus_message_at_end(reply, 0)) == 0) {
        const char *path;
        CHECK(sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}"));
        CHECK(sd_bus_message_read_basic(reply, 'o', &path));
        CHECK(sd_bus_message_skip(reply, "a{sa{sv}}"));
        CHECK(sd_bus_message_exit_container(reply));
        count += strstr(path, "/machines/") != NULL; /* not the host and its devices */
    }
    sd_bus_message_unref(reply);
    return count;
}

static void list_with_flag(unsigned flag)
{
    virDomainPtr *domains;
    int count = virConnectListAllDomains(libvirt, &domains, flag);
    if (count < 0)
        die("ListAllDomains", virGetLastErrorMessage());
    for (int i = 0; i < count; i++)
        virDomainFree(domains[i]);
    free(domains);
}

/* The fewest calls that tell state, vCPUs, memory, autostart and persistence of all. */
static int list_raw(void)
{
    virDomainStatsRecordPtr *records;
    unsigned groups = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_BALLOON;
    int count = virConnectGetAllDomainStats(libvirt, groups, &records, 0);
    if (count < 0)
        die("GetAllDomainStats", virGetLastErrorMessage());
    list_with_flag(VIR_CONNECT_LIST_DOMAINS_AUTOSTART);
    list_with_flag(VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
    virDomainStatsRecordListFree(records);
    return count;
}

static int unanswered;

static int on_properties(sd_bus_message *message, void *data, sd_bus_error *error)
{
    (void)data, (void)error;
    if (sd_bus_message_is_method_error(message, NULL))
        die("libvirt-dbus", sd_bus_message_get_error(message)->message);
    CHECK(sd_bus_message_skip(message, NULL));
    unanswered--;
    return 0;
}

/* libvirt-dbus at its best: ListDomains, then GetAll of each without waiting for the one before. */
static int list_peer(void)
{
    const char *service = "org.libvirt", *path;
    sd_bus_message *call = new_call(bus, service, "/org/libvirt/QEMU", "org.libvirt.Connect", "ListDomains");
    CHECK(sd_bus_message_append(call, "u", 0));
    sd_bus_message *domains = answer(bus, call);
    int count = 0;
    CHECK(sd_bus_message_enter_container(domains, 'a', "o"));
    while (CHECK(sd_bus_message_read(domains, "o", &path)) > 0) {
        CHECK(sd_bus_call_method_async(bus, NULL, service, path, "org.freedesktop.DBus.Properties", "GetAll", on_properties,
                                       NULL, "s", "org.libvirt.Domain"));
        for (count++, unanswered++; unanswered > WINDOW;)
            process_or_wait(bus);
    }
    while (unanswered > 0)
        process_or_wait(bus);
    sd_bus_message_unref(domains);
    return count;
}

/* Gives the floor service the records that ours sends. */
static int load_floor(void)
{
    sd_bus_message *reply = answer(bus, list_call(bus)), *call = new_call(bus, FLOOR, FLOOR_PATH, FLOOR, "Load");
    CHECK(sd_bus_message_copy(call, reply, 1));
    CHECK(sd_bus_message_rewind(reply, 1));
    int count = read_list(reply);
    sd_bus_message_unref(reply);
    sd_bus_message_unref(answer(bus, call));
    return count;
}

static void compare(int rounds, int peer_rounds)
{
    static const struct {
        const char *name;
        int (*list)(void);
    } kinds[] = {{"list.floor", list_floor},
                 {"list.ours", list_ours},
                 {"list.raw", list_raw},
                 {"list.objects", list_objects},
                 {"list.libvirt-dbus", list_peer}};
    struct samples samples[5] = {0};
    int count = load_floor();
    for (int round = -2; round < rounds; round++)
        for (int kind = 0; kind < 5; kind++) {
            int limit = kind == 4 ? peer_rounds : rounds;
            if (round >= limit || (round < 0 && kind == 4))
                continue;
            double start = now_ms();
            if (kinds[kind].list() != count)
                die(kinds[kind].name, "not all machines are listed");
            if (round >= 0)
                add(&samples[kind], now_ms() - start);
        }
    for (int kind = 0; kind < 5; kind++)
        report(kinds[kind].name, count, &samples[kind]);
}

/* Waits until the service's name has an owner, or has none. */
static int is_owned, owner_changed;

static int on_owner(sd_bus_message *message, void *data, sd_bus_error *error)
{
    const char *name, *old, *new;
    (void)data, (void)error;
    CHECK(sd_bus_message_read(message, "sss", &name, &old, &new));
    is_owned = *new != 0;
    owner_changed = 1;
    return 0;
}

static void cold(int rounds, char **command)
{
    struct samples samples = {0};
    int count = 0;
    CHECK(sd_bus_add_match(bus, NULL,
                           "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" SERVICE "'", on_owner,
                           NULL));
    for (int round = -1; round < rounds; round++) {
        double start = now_ms();
        pid_t child = fork();
        if (child == 0) {
            execvp(command[0], command);
            _exit(127);
        }
        while (!is_owned)
            process_or_wait(bus);
        count = list_ours();
        if (round >= 0)
            add(&samples, now_ms() - start);
        kill(child, SIGTERM);
        waitpid(child, NULL, 0);
        while (is_owned)
            process_or_wait(bus);
    }
    report("cold.ours", count, &samples);
}

static void raw(int rounds)
{
    struct samples samples = {0};
    int count = 0;
    for (int round = -1; round < rounds; round++) {
        double start = now_ms();
        count = list_raw();
        if (round >= 0)
            add(&samples, now_ms() - start);
    }
    report("cold.raw", count, &samples);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    int first = argc > 2 ? atoi(argv[2]) : 0;
    bus = open_bus();
    libvirt = virConnectOpen("qemu:///system");
    if (!libvirt)
        die("libvirt", virGetLastErrorMessage());
    if (!strcmp(mode, "compare") && argc > 3)
        compare(first, atoi(argv[3]));
    else if (!strcmp(mode, "repeat"))
        while (first-- > 0)
            list_ours();
    else if (!strcmp(mode, "objects"))
        while (first-- > 0)
            list_objects();
    else if (!strcmp(mode, "peer"))
        list_peer();
    else if (!strcmp(mode, "cold") && argc > 3)
        cold(first, argv + 3);
    else if (!strcmp(mode, "raw"))
        raw(first);
    else
        die("list", "see the head of list.c");
    return 0;
}
