/* The floor: a service that answers List with records it holds in memory, as cheaply as sd-bus can.
 * Load takes the records from a caller, so that they are the very ones that our service sends. */
#include "bench.h"

static struct record *records;
static int count;

static int load(sd_bus_message *message, void *data, sd_bus_error *error)
{
    struct record record;
    (void)data, (void)error;
    count = 0;
    CHECK(sd_bus_message_enter_container(message, 'a', RECORDS));
    while (read_record(message, &record) > 0) {
        record.path = strdup(record.path), record.name = strdup(record.name), record.title = strdup(record.title);
        record.os = strdup(record.os), record.group = strdup(record.group);
        records = realloc(records, sizeof record * (count + 1));
        records[count++] = record;
    }
    return sd_bus_reply_method_return(message, NULL);
}

static int list(sd_bus_message *message, void *data, sd_bus_error *error)
{
    sd_bus_message *reply;
    (void)data, (void)error;
    CHECK(sd_bus_message_new_method_return(message, &reply));
    CHECK(sd_bus_message_open_container(reply, 'a', RECORDS));
    for (int i = 0; i < count; i++)
        append_record(reply, &records[i]);
    CHECK(sd_bus_message_close_container(reply));
    CHECK(sd_bus_message_send(reply));
    sd_bus_message_unref(reply);
    return 1;
}

/* What the bus itself costs: nothing is done between call and reply. */
static int echo(sd_bus_message *message, void *data, sd_bus_error *error)
{
    (void)data, (void)error;
    return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable methods[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Load", "a" RECORDS, "", load, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("List", "a{sv}", "a" RECORDS, list, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Echo", "a{sv}", "", echo, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int main(void)
{
    sd_bus *bus = open_bus();
    CHECK(sd_bus_add_object_vtable(bus, NULL, FLOOR_PATH, FLOOR, methods, NULL));
    CHECK(sd_bus_request_name(bus, FLOOR, 0));
    for (;;)
        if (CHECK(sd_bus_process(bus, NULL)) == 0)
            CHECK(sd_bus_wait(bus, UINT64_MAX));
}
