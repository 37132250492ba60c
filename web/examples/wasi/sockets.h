/* wasi:sockets for C: addresses, and what TCP and UDP have in common. Only IPv4 is made here. */
#pragma once

#include "wasi.h"

typedef struct { uint16_t port; uint8_t ip[4]; } ipv4;
typedef struct { uint8_t kind; union { ipv4 v4; uint32_t v6[7]; }; } address;
typedef struct { uint8_t failed; union { address value; uint8_t error; }; } result_address;
typedef struct { uint8_t failed; union { struct { handle incoming, outgoing; }; uint8_t error; }; } result_streams;

/* Codes of wasi:sockets/network. */
enum { WOULD_BLOCK = 8, CONNECTION_REFUSED = 14 };

#define ADDRESS int32_t kind, int32_t port, int32_t a, int32_t b, int32_t c, int32_t d, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t
#define LOOPBACK(port) 0, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0
IMPORT("sockets/instance-network", "instance-network") handle instance_network(void);
