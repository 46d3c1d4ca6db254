/* What the clients share: clock, samples, sd-bus calls. Results are JSON lines on standard output. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define SERVICE "org.kvmmanager.Manager1"
#define ROOT "/org/kvmmanager/Manager1"
#define FLOOR "bench.Floor"
#define FLOOR_PATH "/bench"
#define RECORDS "(osuutuusss)" /* what ListMachines returns an array of */
#define MINUTES(n) ((n) * 60ull * 1000000)

static inline void die(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

/* For sd-bus, whose results are negative errno values. */
#define CHECK(expression) check(expression, #expression)
static inline int check(int result, const char *what)
{
    if (result < 0)
        die(what, strerror(-result));
    return result;
}

static inline double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

struct samples {
    double *values;
    int count;
};

static inline void add(struct samples *samples, double value)
{
    samples->values = realloc(samples->values, sizeof(double) * (samples->count + 1));
    samples->values[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* One JSON line; n is the number of machines. */
static inline void report(const char *metric, int n, struct samples *samples)
{
    int count = samples->count, last = (int)(count * 0.99);
    double *value = samples->values;
    if (!count)
        return;
    qsort(value, count, sizeof *value, by_value);
    printf("{\"metric\":\"%s\",\"n\":%d,\"unit\":\"ms\",\"median\":%.4f,\"p99\":%.4f,\"min\":%.4f,\"max\":%.4f,\"runs\":%d}\n",
           metric, n, count % 2 ? value[count / 2] : (value[count / 2 - 1] + value[count / 2]) / 2,
           value[last < count ? last : count - 1], value[0], value[count - 1], count);
    fflush(stdout);
}

static inline sd_bus *open_bus(void)
{
    sd_bus *bus;
    CHECK(sd_bus_open_system(&bus));
    CHECK(sd_bus_set_method_call_timeout(bus, MINUTES(5)));
    return bus;
}

static inline sd_bus_message *new_call(sd_bus *bus, const char *service, const char *path, const char *interface, const char *member)
{
    sd_bus_message *call;
    CHECK(sd_bus_message_new_method_call(bus, &call, service, path, interface, member));
    return call;
}

/* Sends `call` and returns its answer; an error ends the program. */
static inline sd_bus_message *answer(sd_bus *bus, sd_bus_message *call)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply;
    if (sd_bus_call(bus, call, 0, &error, &reply) < 0)
        die(sd_bus_message_get_member(call), error.message);
    sd_bus_message_unref(call);
    return reply;
}

/* A call to one of our methods that takes nothing but options. */
static inline sd_bus_message *plain_call(sd_bus *bus, const char *path, const char *interface, const char *member)
{
    sd_bus_message *call = new_call(bus, SERVICE, path, interface, member);
    CHECK(sd_bus_message_append(call, "a{sv}", 0));
    return call;
}

/* A call that is answered without any work. */
static inline sd_bus_message *echo_call(sd_bus *bus)
{
    sd_bus_message *call = new_call(bus, FLOOR, FLOOR_PATH, FLOOR, "Echo");
    CHECK(sd_bus_message_append(call, "a{sv}", 0));
    return call;
}

static inline sd_bus_message *list_call(sd_bus *bus)
{
    return plain_call(bus, ROOT, SERVICE, "ListMachines");
}

struct record {
    const char *path, *name, *title, *os, *group;
    uint32_t state, reason, vcpus, flags;
    uint64_t memory;
};

/* The next record of the array that `message` is in. */
static inline int read_record(sd_bus_message *message, struct record *record)
{
    return CHECK(sd_bus_message_read(message, RECORDS, &record->path, &record->name, &record->state, &record->reason,
                                     &record->memory, &record->vcpus, &record->flags, &record->title, &record->os,
                                     &record->group));
}

static inline void append_record(sd_bus_message *message, const struct record *record)
{
    CHECK(sd_bus_message_append(message, RECORDS, record->path, record->name, record->state, record->reason, record->memory,
                                record->vcpus, record->flags, record->title, record->os, record->group));
}

/* Reads every field of a list and returns how many records it has. */
static inline int read_list(sd_bus_message *message)
{
    struct record record;
    int count = 0;
    CHECK(sd_bus_message_enter_container(message, 'a', RECORDS));
    while (read_record(message, &record) > 0)
        count++;
    CHECK(sd_bus_message_exit_container(message));
    return count;
}

static inline void process_or_wait(sd_bus *bus)
{
    if (CHECK(sd_bus_process(bus, NULL)) == 0)
        CHECK(sd_bus_wait(bus, MINUTES(5)));
}
