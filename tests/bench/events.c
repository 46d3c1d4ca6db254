/* How far a signal lags behind libvirt's own callback for the same event.   usage: events ROUNDS OUR_PID PEER_PID
 * Each round pauses and resumes the guest three times: both services running, only ours, only libvirt-dbus. */
#include <pthread.h>
#include <signal.h>

#include "guest.h"

/* Longer than the time for which our service gathers changes of one machine. */
#define GAP_MS 130

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t seen = PTHREAD_COND_INITIALIZER;
enum observer { RAW, OURS, THEIRS, OBSERVERS };
static double seen_at[OBSERVERS];
static const char *guest_path;

static void see(enum observer observer)
{
    pthread_mutex_lock(&lock);
    if (seen_at[observer] == 0)
        seen_at[observer] = now_ms();
    pthread_cond_broadcast(&seen);
    pthread_mutex_unlock(&lock);
}

static int on_event(virConnectPtr libvirt, virDomainPtr domain, int event, int detail, void *data)
{
    (void)libvirt, (void)domain, (void)detail, (void)data;
    if (event == VIR_DOMAIN_EVENT_SUSPENDED || event == VIR_DOMAIN_EVENT_RESUMED)
        see(RAW);
    return 0;
}

static void *run_libvirt(void *data)
{
    (void)data;
    for (;;)
        virEventRunDefaultImpl();
    return NULL;
}

/* Only a signal that brings the new state counts. */
static int on_ours(sd_bus_message *message, void *data, sd_bus_error *error)
{
    const char *name;
    (void)data, (void)error;
    CHECK(sd_bus_message_skip(message, "s"));
    CHECK(sd_bus_message_enter_container(message, 'a', "{sv}"));
    while (CHECK(sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        CHECK(sd_bus_message_read(message, "s", &name));
        if (!strcmp(name, "State"))
            see(OURS);
        CHECK(sd_bus_message_skip(message, "v"));
        CHECK(sd_bus_message_exit_container(message));
    }
    return 0;
}

static int on_theirs(sd_bus_message *message, void *data, sd_bus_error *error)
{
    (void)message, (void)data, (void)error;
    see(THEIRS);
    return 0;
}

static void *run_bus(void *data)
{
    (void)data;
    sd_bus *bus = open_bus();
    CHECK(sd_bus_match_signal(bus, NULL, SERVICE, guest_path, "org.freedesktop.DBus.Properties", "PropertiesChanged", on_ours, NULL));
    CHECK(sd_bus_match_signal(bus, NULL, PEER, "/org/libvirt/QEMU", "org.libvirt.Connect", "DomainEvent", on_theirs, NULL));
    for (;;)
        process_or_wait(bus);
    return NULL;
}

/* Waits until everybody of `wanted` (a bit each) has seen the event. */
static void await(unsigned wanted)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 10;
    pthread_mutex_lock(&lock);
    for (int observer = 0; observer < OBSERVERS; observer++)
        while ((wanted & 1u << observer) && seen_at[observer] == 0)
            if (pthread_cond_timedwait(&seen, &lock, &limit))
                die("an event was lost by observer", (const char *[]){"libvirt", "ours", "libvirt-dbus"}[observer]);
    pthread_mutex_unlock(&lock);
}

static void quieten(void)
{
    usleep(GAP_MS * 1000);
    pthread_mutex_lock(&lock);
    memset(seen_at, 0, sizeof seen_at);
    pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv)
{
    static const unsigned wanted[3] = {1 << RAW | 1 << OURS | 1 << THEIRS, 1 << RAW | 1 << OURS, 1 << RAW | 1 << THEIRS};
    struct samples together[2] = {0}, alone[2] = {0};
    pthread_t thread;
    if (argc < 4)
        die("events", "usage: events ROUNDS OUR_PID PEER_PID");
    pid_t pids[3] = {0, atoi(argv[3]), atoi(argv[2])};
    VIR(virEventRegisterDefaultImpl());
    pthread_create(&thread, NULL, run_libvirt, NULL);
    virConnectPtr watching = open_libvirt();
    VIR(virConnectDomainEventRegisterAny(watching, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_event), NULL, NULL));
    virDomainPtr guest = define_guest(open_libvirt());
    sd_bus *bus = open_bus();
    guest_path = our_path(bus, guest);
    free(peer_path(bus)); /* libvirt-dbus connects to libvirt when it is first asked something */
    VIR(virDomainCreate(guest));
    pthread_create(&thread, NULL, run_bus, NULL);
    sleep(1);
    for (int round = -1; round < atoi(argv[1]); round++)
        for (int way = 0; way < 3; way++) {
            /* Without the other one, whose work would be in the way on few cores. */
            if (way)
                kill(pids[way], SIGSTOP);
            for (int half = 0; half < 2; half++) {
                quieten();
                VIR(half ? virDomainResume(guest) : virDomainSuspend(guest));
                await(wanted[way]);
                if (round < 0)
                    continue;
                if (way != 2)
                    add(way ? &alone[0] : &together[0], seen_at[OURS] - seen_at[RAW]);
                if (way != 1)
                    add(way ? &alone[1] : &together[1], seen_at[THEIRS] - seen_at[RAW]);
            }
            if (way)
                kill(pids[way], SIGCONT);
        }
    report("lag.ours", 1, &alone[0]);
    report("lag.libvirt-dbus", 1, &alone[1]);
    report("lag-together.ours", 1, &together[0]);
    report("lag-together.libvirt-dbus", 1, &together[1]);
    VIR(virDomainDestroy(guest));
    VIR(virDomainUndefine(guest));
    return 0;
}
