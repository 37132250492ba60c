/* wasi:sockets for C: addresses, and what TCP and UDP have in common. Only IPv4 is made here. */
#pragma once

#include "wasi.h"

typedef struct { uint16_t port; uint8_t ip[4]; } ipv4;
typedef struct { uint8_t kind; union { ipv4 v4; uint32_t v6[7]; }; } address;
typedef struct { uint8_t failed; union { address value; uint8_t error; }; } result_address;
typedef struct { uint8_t failed; union { struct { handle incoming, outgoing; }; uint8_t error; }; } result_streams;

/* Codes of wasi:sockets/network. */
enum { WOULD_BLOCK = 8, CONNECTION_REFUSED = 14 };

typedef struct { uint8_t kind; union { uint8_t v4[4]; uint16_t v6[8]; }; } ip_address;
typedef struct { uint8_t failed; union { struct { uint8_t some; ip_address value; } next; uint8_t error; }; } result_next;

#define ADDRESS int32_t kind, int32_t port, int32_t a, int32_t b, int32_t c, int32_t d, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t
#define IPV4(ip, port) 0, port, (ip)[0], (ip)[1], (ip)[2], (ip)[3], 0, 0, 0, 0, 0, 0
#define LOOPBACK(port) 0, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0
IMPORT("sockets/instance-network", "instance-network") handle instance_network(void);
IMPORT("sockets/ip-name-lookup", "resolve-addresses") void resolve_addresses(handle network, const char *, size_t, result_handle *);
IMPORT("sockets/ip-name-lookup", "[method]resolve-address-stream.resolve-next-address") void resolve_next_address(handle, result_next *);
IMPORT("sockets/ip-name-lookup", "[method]resolve-address-stream.subscribe") handle resolve_subscribe(handle);

/* The first IPv4 address of a name; false where there is none, or looking up is not granted. */
static bool look_up(handle network, text name, uint8_t ip[4]) {
    result_handle addresses;
    resolve_addresses(network, name.at, name.size, &addresses);
    if (addresses.failed) return false;
    for (;;) {
        result_next came;
        resolve_next_address(addresses.value, &came);
        if (came.failed && came.error == WOULD_BLOCK) {
            handle ready = resolve_subscribe(addresses.value);
            pollable_block(ready);
            pollable_drop(ready);
            continue;
        }
        if (came.failed || !came.next.some) return false;
        if (came.next.value.kind) continue; /* IPv6 */
        for (int i = 0; i < 4; i++) ip[i] = came.next.value.v4[i];
        return true;
    }
}
