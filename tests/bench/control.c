/* What a control call costs: raw libvirt, our service and libvirt-dbus in turns.
 *   control calls ROUNDS   pause and resume, and calls that do nothing
 *   control power ROUNDS   start (paused) and force-off */
#include "guest.h"

static sd_bus *bus;
static virDomainPtr guest;
static char *ours, *peer;

/* What observers hear, on a connection of its own, so that the calls' has nothing but the calls. */
static sd_bus *ear;
static int heard_ours, heard_peer;

static int on_heard(sd_bus_message *message, void *heard, sd_bus_error *error)
{
    (void)message, (void)error;
    *(int *)heard = 1;
    return 0;
}

static void listen_to_guest(void)
{
    ear = open_bus();
    CHECK(sd_bus_match_signal(ear, NULL, SERVICE, ours, "org.freedesktop.DBus.Properties", "PropertiesChanged", on_heard, &heard_ours));
    CHECK(sd_bus_match_signal(ear, NULL, PEER, "/org/libvirt/QEMU", "org.libvirt.Connect", "DomainEvent", on_heard, &heard_peer));
}

/* Until both services have told everybody. */
static void wait_until_told(void)
{
    while (!heard_ours || !heard_peer)
        process_or_wait(ear);
    heard_ours = heard_peer = 0;
}

/* Until what the guest's start made everybody say is heard. */
static void let_it_settle(void)
{
    usleep(1000000);
    while (CHECK(sd_bus_process(ear, NULL)) > 0)
        ;
    heard_ours = heard_peer = 0;
}

static void call_ours(const char *method)
{
    sd_bus_message_unref(answer(bus, plain_call(bus, ours, MACHINE, method)));
}

static void call_peer(const char *method)
{
    sd_bus_message_unref(answer(bus, new_call(bus, PEER, peer, PEER_DOMAIN, method)));
}

static void call_peer_with(const char *method, unsigned flags)
{
    sd_bus_message *call = new_call(bus, PEER, peer, PEER_DOMAIN, method);
    CHECK(sd_bus_message_append(call, "u", flags));
    sd_bus_message_unref(answer(bus, call));
}

static void pause_raw(void) { VIR(virDomainSuspend(guest)); }
static void resume_raw(void) { VIR(virDomainResume(guest)); }
static void pause_ours(void) { call_ours("Pause"); }
static void resume_ours(void) { call_ours("Resume"); }
static void pause_peer(void) { call_peer("Suspend"); }
static void resume_peer(void) { call_peer("Resume"); }
static void echo(void) { sd_bus_message_unref(answer(bus, echo_call(bus))); }
static void start_raw(void) { VIR(virDomainCreateWithFlags(guest, VIR_DOMAIN_START_PAUSED)); }
static void off_raw(void) { VIR(virDomainDestroy(guest)); }
static void off_ours(void) { call_ours("ForceOff"); }
static void start_peer(void) { call_peer_with("Create", VIR_DOMAIN_START_PAUSED); }
static void off_peer(void) { call_peer_with("Destroy", 0); }

static double accepted;
static int is_started;

static int on_signal(sd_bus_message *message, void *data, sd_bus_error *error)
{
    (void)message, (void)data, (void)error;
    if (accepted == 0)
        accepted = now_ms();
    return 0;
}

static int on_started(sd_bus_message *message, void *data, sd_bus_error *error)
{
    (void)data, (void)error;
    if (sd_bus_message_is_method_error(message, NULL))
        die("Start", sd_bus_message_get_error(message)->message);
    is_started = 1;
    return 0;
}

static struct samples acceptance;

/* Also notes when the first signal tells everybody that the start has begun: its job appears. */
static void start_ours(void)
{
    sd_bus_message *call = new_call(bus, SERVICE, ours, MACHINE, "Start");
    CHECK(sd_bus_message_append(call, "a{sv}", 1, "paused", "b", 1));
    double start = now_ms();
    accepted = is_started = 0;
    CHECK(sd_bus_call_async(bus, NULL, call, on_started, NULL, 0));
    sd_bus_message_unref(call);
    while (!is_started)
        process_or_wait(bus);
    add(&acceptance, accepted - start);
}

struct kind {
    const char *name;
    void (*on)(void), (*off)(void);
    int is_silent;
};

/* Each round begins with another kind. A call waits until the observers of the one before are done: until they have told
 * everybody, and then for `gap_ms`, in which the processors fall asleep. */
static void measure(const struct kind *kinds, int count, const char *on, const char *off, int rounds, int gap_ms)
{
    struct samples samples[4][2] = {0};
    char metric[64];
    for (int round = -1; round < rounds; round++)
        for (int turn = 0; turn < count; turn++) {
            int kind = (turn + round + 1) % count;
            for (int half = 0; half < 2; half++) {
                double start = now_ms();
                (half ? kinds[kind].off : kinds[kind].on)();
                double took = now_ms() - start;
                if (round >= 0)
                    add(&samples[kind][half], took);
                if (ear && !kinds[kind].is_silent)
                    wait_until_told();
                if (gap_ms)
                    usleep(gap_ms * 1000);
            }
        }
    for (int kind = 0; kind < count; kind++)
        for (int half = 0; half < 2; half++) {
            snprintf(metric, sizeof metric, "%s.%s", half ? off : on, kinds[kind].name);
            report(metric, 1, &samples[kind][half]);
        }
}

int main(int argc, char **argv)
{
    static const struct kind calls[] = {{"raw", pause_raw, resume_raw, 0}, {"ours", pause_ours, resume_ours, 0}, {"libvirt-dbus", pause_peer, resume_peer, 0}, {"echo", echo, echo, 1}};
    static const struct kind power[] = {{"raw", start_raw, off_raw, 0}, {"ours", start_ours, off_ours, 0}, {"libvirt-dbus", start_peer, off_peer, 0}};
    if (argc < 3)
        die("control", "usage: control calls|power ROUNDS");
    bus = open_bus();
    guest = define_guest(open_libvirt());
    ours = our_path(bus, guest);
    peer = peer_path(bus);
    CHECK(sd_bus_match_signal(bus, NULL, SERVICE, ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_signal, NULL));
    if (!strcmp(argv[1], "calls")) {
        listen_to_guest();
        VIR(virDomainCreate(guest));
        let_it_settle();
        measure(calls, 4, "pause", "resume", atoi(argv[2]), 0);
        measure(calls, 4, "pause-after-rest", "resume-after-rest", atoi(argv[2]), 20);
        VIR(virDomainDestroy(guest));
    } else {
        measure(power, 3, "start", "force-off", atoi(argv[2]), 150);
        report("start-accepted.ours", 1, &acceptance);
    }
    VIR(virDomainUndefine(guest));
    return 0;
}
