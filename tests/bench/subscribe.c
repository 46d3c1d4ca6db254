/* Listens to live figures of all machines.   usage: subscribe INTERVAL_MS SECONDS */
#include "bench.h"

static int samples;

static int on_sampled(sd_bus_message *message, void *data, sd_bus_error *error)
{
    (void)message, (void)data, (void)error;
    samples++;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        die("subscribe", "usage: subscribe INTERVAL_MS SECONDS");
    sd_bus *bus = open_bus();
    sd_bus_message *call = new_call(bus, SERVICE, ROOT, SERVICE ".Stats", "Subscribe");
    CHECK(sd_bus_message_append(call, "uaoa{sv}", atoi(argv[1]), 0, 0));
    CHECK(sd_bus_match_signal(bus, NULL, SERVICE, ROOT, SERVICE ".Stats", "Sampled", on_sampled, NULL));
    sd_bus_message_unref(answer(bus, call));
    for (double end = now_ms() + atoi(argv[2]) * 1e3; now_ms() < end;)
        if (CHECK(sd_bus_process(bus, NULL)) == 0)
            CHECK(sd_bus_wait(bus, 100000));
    if (samples < atoi(argv[2]) * 900 / atoi(argv[1]))
        die("subscribe", "too few samples came");
    printf("{\"metric\":\"sampled\",\"samples\":%d,\"seconds\":%s}\n", samples, argv[2]);
    return 0;
}
