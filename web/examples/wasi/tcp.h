/* wasi:sockets/tcp for C, as far as the programs here use it. */
#pragma once

#include "sockets.h"

typedef struct { uint8_t failed; union { struct { handle socket, incoming, outgoing; }; uint8_t error; }; } result_accepted;

IMPORT("sockets/tcp-create-socket", "create-tcp-socket") void create_tcp_socket(int32_t family, result_handle *);
IMPORT("sockets/tcp", "[method]tcp-socket.start-bind") void tcp_start_bind(handle, handle network, ADDRESS, uint8_t *);
IMPORT("sockets/tcp", "[method]tcp-socket.finish-bind") void tcp_finish_bind(handle, uint8_t *);
IMPORT("sockets/tcp", "[method]tcp-socket.start-listen") void tcp_start_listen(handle, uint8_t *);
IMPORT("sockets/tcp", "[method]tcp-socket.finish-listen") void tcp_finish_listen(handle, uint8_t *);
IMPORT("sockets/tcp", "[method]tcp-socket.start-connect") void tcp_start_connect(handle, handle network, ADDRESS, uint8_t *);
IMPORT("sockets/tcp", "[method]tcp-socket.finish-connect") void tcp_finish_connect(handle, result_streams *);
IMPORT("sockets/tcp", "[method]tcp-socket.accept") void tcp_accept(handle, result_accepted *);
IMPORT("sockets/tcp", "[method]tcp-socket.subscribe") handle tcp_subscribe(handle);
IMPORT("sockets/tcp", "[method]tcp-socket.shutdown") void tcp_shutdown(handle, int32_t how, uint8_t *);
IMPORT("sockets/tcp", "[resource-drop]tcp-socket") void tcp_drop(handle);

enum { RECEIVE, SEND, BOTH };

/* Wait until something about the socket is ready. */
static void tcp_wait(handle socket) {
    handle ready = tcp_subscribe(socket);
    pollable_block(ready);
    pollable_drop(ready);
}
