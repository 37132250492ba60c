/* Answers requests with what another host answers: `/HOST[:PORT]/PATH` is `http://HOST[:PORT]/PATH`, its body as it comes. What goes wrong is
 * said with status 502, under the interface's own name for it. */
#include "answer.h"
#include "errors.h"

/* The body of `response`, as it comes. */
static void pass_on(answer to, handle response) {
    result_handle body, stream;
    response_consume(response, &body);
    incoming_body_stream(body.value, &stream);
    for (uintptr_t mark = remember();; forget(mark)) {
        result_bytes came;
        input_blocking_read(stream.value, 4096, &came);
        if (came.failed || !put(to.stream, came.bytes)) return;
    }
}

static answer relay(handle outparam, text authority, text path) {
    const text plain = TEXT("text/plain; charset=utf-8");
    handle request = outgoing_request(fields());
    result_future sent;
    future_response came;
    answer to;
    if (set_scheme(request, 1, 0, 0, 0) || set_authority(request, 1, authority.at, authority.size) || set_path(request, 1, path.at, path.size)) {
        to = begin(outparam, 400, plain);
        SAY(to.stream, TEXT("error: expected a path such as /localhost:8000/page\n"));
        return to;
    }
    send_request(request, 0, 0, &sent);
    if (!sent.failed) {
        handle ready = future_subscribe(sent.value);
        pollable_block(ready);
        pollable_drop(ready);
        future_get(sent.value, &came);
    }
    if (sent.failed || came.given.result.failed) {
        to = begin(outparam, 502, plain);
        fails(to.stream, sent.failed ? &sent.error : &came.given.result.error);
        return to;
    }
    to = begin(outparam, response_status(came.given.result.value), plain);
    pass_on(to, came.given.result.value);
    return to;
}

EXPORT("wasi:http/incoming-handler@0.2.0#handle") void handle_request(handle request, handle outparam) {
    option_text asked;
    request_path(request, &asked);
    text authority = after(asked.some ? asked.value : TEXT("/"), 1), path = TEXT("/");
    for (size_t i = 0; i < authority.size; i++) if (authority.at[i] == '/') {
        path = after(authority, i);
        authority.size = i;
        break;
    }
    finish(relay(outparam, authority, path));
    request_drop(request);
}
