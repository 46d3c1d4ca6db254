/* What a reservation of huge pages costs: a write to the kernel's file and a call of our service in turns.
 *   hugepages PAGES ROUNDS   pages of 2 MiB; puts the number back that there was */
#include "bench.h"

#define CONTROL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define HOST ROOT "/host"
#define HUGE_PAGES SERVICE ".Host.HugePages"

static sd_bus *bus;
static long before;

static long pages(void)
{
    long number = -1;
    FILE *file = fopen(CONTROL, "r");
    if (!file || fscanf(file, "%ld", &number) != 1)
        die(CONTROL, "cannot be read");
    fclose(file);
    return number;
}

static void set_pages(long number)
{
    FILE *file = fopen(CONTROL, "w");
    if (!file || fprintf(file, "%ld\n", number) < 0 || fclose(file) != 0)
        die(CONTROL, "cannot be written");
}

static void put_back(void) { set_pages(before); }

static void expect(long wanted)
{
    if (pages() != wanted)
        die("the kernel", "has another number of pages than it was asked for");
}

static void call_ours(const char *method, long count)
{
    uint64_t became = 0;
    sd_bus_message *reply, *call = new_call(bus, SERVICE, HOST, HUGE_PAGES, method);
    CHECK(sd_bus_message_append(call, "tta{sv}", (uint64_t)2 << 20, (uint64_t)count, 0));
    reply = answer(bus, call);
    CHECK(sd_bus_message_read(reply, "t", &became));
    if (became != (uint64_t)count)
        die(method, "became another number");
    sd_bus_message_unref(reply);
}

static double since(double began) { return now_ms() - began; }

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 1000;
    int rounds = argc > 2 ? atoi(argv[2]) : 10;
    struct samples raw = { 0 }, raw_back = { 0 }, ours = { 0 }, ours_back = { 0 };
    double began;
    bus = open_bus();
    before = pages();
    atexit(put_back);
    for (int round = -1; round < rounds; round++) { /* the first warms up */
        struct samples none = { 0 };
        began = now_ms(), set_pages(before + count), expect(before + count), add(round < 0 ? &none : &raw, since(began));
        began = now_ms(), set_pages(before), expect(before), add(round < 0 ? &none : &raw_back, since(began));
        began = now_ms(), call_ours("Reserve", count), add(round < 0 ? &none : &ours, since(began));
        expect(before + count);
        began = now_ms(), call_ours("Release", count), add(round < 0 ? &none : &ours_back, since(began));
        expect(before);
    }
    report("reserve.raw", (int)count, &raw);
    report("reserve.ours", (int)count, &ours);
    report("release.raw", (int)count, &raw_back);
    report("release.ours", (int)count, &ours_back);
    return 0;
}
