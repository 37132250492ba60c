/* poller [EVENTS]: polls two timers and a socket, and says which of them it was; without a number for ever.
 *
 * The quick timer sends a datagram to the socket, on the loopback, so all three have something to say. */
#include "sockets.h"

typedef struct { text data; address from; } received;
typedef struct { uint8_t failed; union { struct { const received *at; size_t size; }; uint8_t error; }; } result_received;
typedef struct { text data; struct { uint8_t some; address value; } to; } datagram;

IMPORT("sockets/udp-create-socket", "create-udp-socket") void create_udp_socket(int32_t family, result_handle *);
IMPORT("sockets/udp", "[method]udp-socket.start-bind") void start_bind(handle, handle network, ADDRESS, uint8_t *);
IMPORT("sockets/udp", "[method]udp-socket.finish-bind") void finish_bind(handle, uint8_t *);
IMPORT("sockets/udp", "[method]udp-socket.local-address") void local_address(handle, result_address *);
IMPORT("sockets/udp", "[method]udp-socket.stream") void udp_stream(handle, int32_t some, ADDRESS, result_streams *);
IMPORT("sockets/udp", "[method]incoming-datagram-stream.receive") void receive(handle, uint64_t, result_received *);
IMPORT("sockets/udp", "[method]incoming-datagram-stream.subscribe") handle incoming_subscribe(handle);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.check-send") void check_send(handle, result_u64 *);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.send") void send(handle, const datagram *, size_t, result_u64 *);

static handle out;

static int fails(text what) {
    SAY(out, TEXT("error: "), what, TEXT("\n"));
    return 1;
}

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    out = get_stdout();
    uint64_t left = given.size > 1 ? number_of(given.at[1]) : UINT64_MAX, quick_ticks = 0, slow_ticks = 0;

    result_handle socket;
    uint8_t result[2];
    result_address here;
    result_streams streams;
    create_udp_socket(0, &socket);
    if (socket.failed) return fails(TEXT("sockets are not granted"));
    start_bind(socket.value, instance_network(), LOOPBACK(0), result);
    if (!result[0]) finish_bind(socket.value, result);
    if (result[0]) return fails(TEXT("the socket cannot be bound"));
    local_address(socket.value, &here);
    SAY(out, TEXT("listening on 127.0.0.1:"), decimal(here.value.v4.port), TEXT("\n"));
    udp_stream(socket.value, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &streams);
    if (streams.failed) return fails(TEXT("the socket has no streams"));

    enum { QUICK, SLOW, SOCKET };
    handle waits[3];
    waits[QUICK] = subscribe_duration(300 * MILLISECOND);
    waits[SLOW] = subscribe_duration(700 * MILLISECOND);
    waits[SOCKET] = incoming_subscribe(streams.incoming);
    for (uintptr_t mark = remember(); left; forget(mark)) {
        struct polled ready;
        poll(waits, 3, &ready);
        for (size_t i = 0; i < ready.size && left; i++, left--) {
            if (ready.at[i] == QUICK) {
                SAY(out, TEXT("quick timer "), decimal(++quick_ticks), TEXT("\n"));
                datagram message = { TEXT("hello"), { 1, here.value } };
                result_u64 sent;
                check_send(streams.outgoing, &sent);
                send(streams.outgoing, &message, 1, &sent);
                if (sent.failed) return fails(TEXT("sending is not granted"));
                pollable_drop(waits[QUICK]);
                waits[QUICK] = subscribe_duration(300 * MILLISECOND);
            } else if (ready.at[i] == SLOW) {
                SAY(out, TEXT("slow timer "), decimal(++slow_ticks), TEXT("\n"));
                pollable_drop(waits[SLOW]);
                waits[SLOW] = subscribe_duration(700 * MILLISECOND);
            } else {
                result_received came;
                receive(streams.incoming, 1, &came);
                if (came.failed) return fails(TEXT("receiving failed"));
                if (came.size) SAY(out, TEXT("socket: "), came.at[0].data, TEXT("\n"));
            }
        }
    }
    return 0;
}
