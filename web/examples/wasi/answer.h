/* Answering a request, for the handlers here. */
#pragma once

#include "http.h"

typedef struct { handle body, stream; } answer;

/* The response begins here: from now on its body is being written. */
static answer begin(handle outparam, int status, text type) {
    uint8_t refused[2];
    result_handle result;
    handle headers = fields();
    fields_append(headers, "content-type", 12, type.at, type.size, refused);
    handle response = outgoing_response(headers);
    outgoing_response_set_status(response, status);
    outgoing_response_body(response, &result);
    answer to = { result.value, 0 };
    outparam_set(outparam, 0, response, 0, 0, 0, 0, 0, 0);
    outgoing_body_write(to.body, &result);
    to.stream = result.value;
    return to;
}

static void finish(answer to) {
    result_http result;
    output_drop(to.stream);
    outgoing_body_finish(to.body, 0, 0, &result);
}
