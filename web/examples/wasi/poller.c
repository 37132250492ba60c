/* poller [EVENTS]: polls two timers and a socket, and says which of them it was; without a number for ever.
 *
 * The quick timer sends a datagram to the socket, on the loopback, so all three have something to say. */
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
    uint64_t left = given.size > 1 ? number_of(given.at[1]) : UINT64_MAX, quick_ticks = 0, slow_ticks = 0;

    address here;
    result_streams streams;
    text why;
    if (!udp_bound(0, &here, &streams, &why)) return fails(why);
    SAY(out, TEXT("listening on 127.0.0.1:"), decimal(here.v4.port), TEXT("\n"));

    enum { QUICK, SLOW, SOCKET };
    handle waits[3];
    waits[QUICK] = subscribe_duration(300 * MILLISECOND);
    waits[SLOW] = subscribe_duration(700 * MILLISECOND);
    waits[SOCKET] = udp_subscribe(streams.incoming);
    for (uintptr_t mark = remember(); left; forget(mark)) {
        struct polled ready;
        poll(waits, 3, &ready);
        for (size_t i = 0; i < ready.size && left; i++, left--) {
            if (ready.at[i] == QUICK) {
                SAY(out, TEXT("quick timer "), decimal(++quick_ticks), TEXT("\n"));
                if (!udp_say(streams.outgoing, TEXT("hello"), here)) return fails(TEXT("sending is not granted"));
                pollable_drop(waits[QUICK]);
                waits[QUICK] = subscribe_duration(300 * MILLISECOND);
            } else if (ready.at[i] == SLOW) {
                SAY(out, TEXT("slow timer "), decimal(++slow_ticks), TEXT("\n"));
                pollable_drop(waits[SLOW]);
                waits[SLOW] = subscribe_duration(700 * MILLISECOND);
            } else {
                result_received came;
                udp_receive(streams.incoming, 1, &came);
                if (came.failed) return fails(TEXT("receiving failed"));
                if (came.size) SAY(out, TEXT("socket: "), came.at[0].data, TEXT("\n"));
            }
        }
    }
    return 0;
}
