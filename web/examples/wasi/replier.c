/* replier [PORT [DATAGRAMS]]: sends each datagram that comes to 127.0.0.1 (port 7000) back to where it came from; after that many it ends,
 * without a number never. */
#include "udp.h"

static handle out;

static int fails(text what) {
    SAY(out, TEXT("error: "), what, TEXT("\n"));
    return 1;
}

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    out = get_stdout();
    uint64_t most = given.size > 2 ? number_of(given.at[2]) : UINT64_MAX;
    address here;
    result_streams streams;
    text why;
    if (!udp_bound(given.size > 1 ? number_of(given.at[1]) : 7000, &here, &streams, &why)) return fails(why);
    SAY(out, TEXT("waiting at 127.0.0.1:"), decimal(here.v4.port), TEXT("\n"));
    handle ready = udp_subscribe(streams.incoming);
    uint64_t count = 0;
    for (uintptr_t mark = remember(); count < most; forget(mark)) {
        pollable_block(ready);
        result_received came;
        udp_receive(streams.incoming, 1, &came);
        if (came.failed) return fails(TEXT("receiving failed"));
        for (size_t i = 0; i < came.size; i++) {
            count++;
            SAY(out, TEXT("datagram "), decimal(count), TEXT(": "), decimal(came.at[i].data.size), TEXT(" bytes\n"));
            if (!udp_say(streams.outgoing, came.at[i].data, came.at[i].from)) return fails(TEXT("sending is not granted"));
        }
    }
    return 0;
}
