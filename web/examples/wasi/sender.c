/* sender [[HOST:]PORT [TEXT…]]: sends each text (`hello`) as a datagram to a host (127.0.0.1, port 7000), and says what came back. Datagrams can be
 * lost, and nobody need be there yet: each is sent again every 200 ms, up to twenty times. */
#include "udp.h"

static handle out;

static int fails(text what) {
    SAY(out, TEXT("error: "), what, TEXT("\n"));
    return 1;
}

/* Wait for a datagram, 200 ms at most; false when none came. */
static bool hear(handle incoming, handle ready, text *what) {
    handle waits[] = { ready, subscribe_duration(200 * MILLISECOND) };
    struct polled which;
    poll(waits, 2, &which);
    pollable_drop(waits[1]);
    result_received came;
    udp_receive(incoming, 1, &came);
    if (came.failed || !came.size) return false;
    *what = came.at[0].data;
    return true;
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
    address here, there = { .kind = 0, .v4 = { (uint16_t)number_of(where), { 127, 0, 0, 1 } } };
    if (host.size && !look_up(instance_network(), host, there.v4.ip)) return fails(TEXT("the name of the host means nothing"));
    result_streams streams;
    text why;
    if (!udp_bound(0, &here, &streams, &why)) return fails(why);
    handle ready = udp_subscribe(streams.incoming);
    const text *texts = given.size > 2 ? given.at + 2 : hello;
    size_t count = given.size > 2 ? given.size - 2 : 1;
    for (size_t i = 0; i < count; i++) {
        uintptr_t mark = remember();
        text back;
        int tries = 0;
        do {
            if (tries++ == 20) return fails(TEXT("nobody answers there"));
            if (!udp_say(streams.outgoing, texts[i], there)) return fails(TEXT("sending is not granted"));
        } while (!hear(streams.incoming, ready, &back));
        SAY(out, TEXT("back came: "), back, TEXT("\n"));
        forget(mark);
    }
    return 0;
}
