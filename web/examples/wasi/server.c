/* server [PORT [CONNECTIONS]]: listens on 127.0.0.1 (port 7000) and sends back what it is sent, one connection after the other; after
 * that many it ends, without a number never. */
#include "tcp.h"

static handle out;

static int fails(text what) {
    SAY(out, TEXT("error: "), what, TEXT("\n"));
    return 1;
}

/* Send back what comes until nothing more does; how much it was. */
static uint64_t echo(handle from, handle to) {
    uint64_t echoed = 0;
    for (uintptr_t mark = remember();; forget(mark)) {
        result_bytes came;
        input_blocking_read(from, 4096, &came);
        if (came.failed || !put(to, came.bytes)) return echoed;
        echoed += came.bytes.size;
    }
}

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    out = get_stdout();
    uint64_t port = given.size > 1 ? number_of(given.at[1]) : 7000;
    uint64_t most = given.size > 2 ? number_of(given.at[2]) : UINT64_MAX;

    result_handle socket;
    uint8_t result[2];
    create_tcp_socket(0, &socket);
    if (socket.failed) return fails(TEXT("sockets are not granted"));
    tcp_start_bind(socket.value, instance_network(), LOOPBACK(port), result);
    if (!result[0]) tcp_finish_bind(socket.value, result);
    if (result[0]) return fails(TEXT("the port is taken, or not granted"));
    tcp_start_listen(socket.value, result);
    if (!result[0]) tcp_finish_listen(socket.value, result);
    if (result[0]) return fails(TEXT("it cannot listen"));
    SAY(out, TEXT("listening on 127.0.0.1:"), decimal(port), TEXT("\n"));

    for (uint64_t count = 1; count <= most; count++) {
        result_accepted came;
        for (;;) {
            tcp_accept(socket.value, &came);
            if (!came.failed || came.error != WOULD_BLOCK) break;
            tcp_wait(socket.value);
        }
        if (came.failed) return fails(TEXT("no connection can be accepted"));
        SAY(out, TEXT("connection "), decimal(count), TEXT("\n"));
        uint64_t echoed = echo(came.incoming, came.outgoing);
        SAY(out, TEXT("connection "), decimal(count), TEXT(" is over: "), decimal(echoed), TEXT(" bytes sent back\n"));
        input_drop(came.incoming);
        output_drop(came.outgoing);
        tcp_drop(came.socket);
    }
    tcp_drop(socket.value);
    return 0;
}
