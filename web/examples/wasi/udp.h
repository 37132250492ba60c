/* wasi:sockets/udp for C, as far as the programs here use it. */
#pragma once

#include "sockets.h"

typedef struct { text data; address from; } received;
typedef struct { uint8_t failed; union { struct { const received *at; size_t size; }; uint8_t error; }; } result_received;
typedef struct { text data; struct { uint8_t some; address value; } to; } datagram;

IMPORT("sockets/udp-create-socket", "create-udp-socket") void create_udp_socket(int32_t family, result_handle *);
IMPORT("sockets/udp", "[method]udp-socket.start-bind") void udp_start_bind(handle, handle network, ADDRESS, uint8_t *);
IMPORT("sockets/udp", "[method]udp-socket.finish-bind") void udp_finish_bind(handle, uint8_t *);
IMPORT("sockets/udp", "[method]udp-socket.local-address") void udp_local_address(handle, result_address *);
IMPORT("sockets/udp", "[method]udp-socket.stream") void udp_stream(handle, int32_t some, ADDRESS, result_streams *);
IMPORT("sockets/udp", "[method]incoming-datagram-stream.receive") void udp_receive(handle, uint64_t, result_received *);
IMPORT("sockets/udp", "[method]incoming-datagram-stream.subscribe") handle udp_subscribe(handle);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.check-send") void udp_check_send(handle, result_u64 *);
IMPORT("sockets/udp", "[method]outgoing-datagram-stream.send") void udp_send(handle, const datagram *, size_t, result_u64 *);

#define ANY_REMOTE 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

/* A socket bound to a port of 127.0.0.1 (0 is any), its address and its streams; or 0, and why in words. */
static handle udp_bound(uint16_t port, address *here, result_streams *streams, text *why) {
    result_handle made;
    uint8_t result[2];
    result_address local;
    create_udp_socket(0, &made);
    *why = TEXT("sockets are not granted");
    if (made.failed) return 0;
    udp_start_bind(made.value, instance_network(), LOOPBACK(port), result);
    if (!result[0]) udp_finish_bind(made.value, result);
    *why = TEXT("the port is taken, or not granted");
    if (result[0]) return 0;
    udp_local_address(made.value, &local);
    *here = local.value;
    udp_stream(made.value, ANY_REMOTE, streams);
    *why = TEXT("the socket has no streams");
    return streams->failed ? 0 : made.value;
}

/* Send one datagram; false where that is not granted. */
static bool udp_say(handle outgoing, text what, address to) {
    datagram message = { what, { 1, to } };
    result_u64 sent;
    udp_check_send(outgoing, &sent);
    udp_send(outgoing, &message, 1, &sent);
    return !sent.failed;
}
