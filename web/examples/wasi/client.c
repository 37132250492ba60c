/* client [[HOST:]PORT [LINE…]]: connects to a host (127.0.0.1, port 7000), sends each line (`hello`), and says what came back. Nobody need
 * listen yet: it tries for four seconds. */
#include "tcp.h"

static handle out;

static int fails(text what) {
    SAY(out, TEXT("error: "), what, TEXT("\n"));
    return 1;
}

/* A connection to the port; the code of the failure, or 0. */
static int connect(const uint8_t ip[4], uint64_t port, handle *socket, result_streams *streams) {
    result_handle made;
    uint8_t result[2];
    create_tcp_socket(0, &made);
    if (made.failed) return -1;
    *socket = made.value;
    tcp_start_connect(made.value, instance_network(), IPV4(ip, port), result);
    if (result[0]) return result[1] ? result[1] : -1;
    for (;;) {
        tcp_finish_connect(made.value, streams);
        if (!streams->failed) return 0;
        if (streams->error != WOULD_BLOCK) return streams->error;
        tcp_wait(made.value);
    }
}

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    static const text hello[] = { { "hello", 5 } };
    struct texts given;
    get_arguments(&given);
    out = get_stdout();
    text where = given.size > 1 ? given.at[1] : TEXT("7000"), host = TEXT("");
    for (size_t i = 0; i < where.size; i++) if (where.at[i] == ':') {
        host = (text){ where.at, i };
        where = after(where, i + 1);
        break;
    }
    uint8_t ip[4] = { 127, 0, 0, 1 };
    if (host.size && !look_up(instance_network(), host, ip)) return fails(TEXT("the name of the host means nothing"));
    uint64_t port = number_of(where);
    const text *lines = given.size > 2 ? given.at + 2 : hello;
    size_t count = given.size > 2 ? given.size - 2 : 1;

    handle socket;
    result_streams streams;
    int failed;
    for (int tries = 0; (failed = connect(ip, port, &socket, &streams)) == CONNECTION_REFUSED && tries < 80; tries++) {
        tcp_drop(socket);
        sleep_for(50 * MILLISECOND);
    }
    if (failed == CONNECTION_REFUSED) return fails(TEXT("nobody listens there"));
    if (failed) return fails(TEXT("sockets are not granted"));
    SAY(out, TEXT("connected to "), decimal(ip[0]), TEXT("."), decimal(ip[1]), TEXT("."), decimal(ip[2]), TEXT("."), decimal(ip[3]), TEXT(":"),
        decimal(port), TEXT("\n"));

    for (size_t i = 0; i < count; i++) {
        if (!put(streams.outgoing, lines[i])) return fails(TEXT("the connection is lost"));
        uintptr_t mark = remember();
        char *back = take(lines[i].size, 1);
        for (size_t size = 0; size < lines[i].size;) {
            result_bytes came;
            input_blocking_read(streams.incoming, lines[i].size - size, &came);
            if (came.failed) return fails(TEXT("the connection is lost"));
            for (size_t j = 0; j < came.bytes.size; j++) back[size++] = came.bytes.at[j];
        }
        SAY(out, TEXT("back came: "), (text){ back, lines[i].size }, TEXT("\n"));
        forget(mark);
    }
    uint8_t result[2];
    tcp_shutdown(socket, SEND, result);
    input_drop(streams.incoming);
    output_drop(streams.outgoing);
    tcp_drop(socket);
    SAY(out, TEXT("closed\n"));
    return 0;
}
