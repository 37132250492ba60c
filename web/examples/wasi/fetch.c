/* fetch URL [--method NAME] [--timeout MILLISECONDS] [--connect-timeout MILLISECONDS] [--header NAME:VALUE] [--trailer NAME:VALUE] [--body TEXT]
 *
 * Prints the status, the fields, the body and the trailers of the response; what went wrong in words, and then it ends with an error. */
#include "errors.h"

static bool usage(handle out, text why) {
    SAY(out, TEXT("error: "), why, TEXT("\nusage: fetch URL [--method NAME] [--timeout MILLISECONDS] [--connect-timeout MILLISECONDS] [--header NAME:VALUE] [--trailer NAME:VALUE] [--body TEXT]\n"));
    return false;
}

static size_t index_of(text in, char wanted) {
    size_t i = 0;
    while (i < in.size && in.at[i] != wanted) i++;
    return i;
}

static bool set_target(handle request, text url, text method) {
    int kind = 9; /* other */
    for (int i = 0; i < 9; i++) if (same(method, METHODS[i])) kind = i;
    bool https = starts(url, TEXT("https://"));
    url = after(url, https ? 8 : 7);
    size_t end = index_of(url, '/');
    text authority = { url.at, end }, path = after(url, end);
    if (!path.size) path = TEXT("/");
    return !set_method(request, kind, method.at, method.size) && !set_scheme(request, 1, https, 0, 0)
        && !set_authority(request, 1, authority.at, authority.size) && !set_path(request, 1, path.at, path.size);
}

static void print_fields(handle out, handle fields, text before) {
    struct field_list list;
    fields_entries(fields, &list);
    for (size_t i = 0; i < list.size; i++) SAY(out, before, list.at[i].name, TEXT(": "), list.at[i].value, TEXT("\n"));
}

static bool print_trailers(handle out, handle body) {
    handle coming = incoming_body_finish(body), ready = trailers_subscribe(coming);
    future_trailers came;
    pollable_block(ready);
    pollable_drop(ready);
    trailers_get(coming, &came);
    if (came.given.result.failed) return fails(out, &came.given.result.error);
    if (came.given.result.fields.some) {
        SAY(out, TEXT("\n"));
        print_fields(out, came.given.result.fields.value, TEXT("trailer "));
    }
    return true;
}

static bool print_response(handle out, handle response) {
    result_handle body, stream;
    SAY(out, TEXT("status "), decimal(response_status(response)), TEXT("\n"));
    print_fields(out, response_headers(response), TEXT(""));
    SAY(out, TEXT("\n"));
    response_consume(response, &body);
    incoming_body_stream(body.value, &stream);
    for (uintptr_t mark = remember();; forget(mark)) {
        result_bytes came;
        input_blocking_read(stream.value, 4096, &came);
        if (came.failed) {
            if (came.error == 0) return SAY(out, TEXT("\nerror: the body broke off\n")), false;
            input_drop(stream.value);
            return print_trailers(out, body.value);
        }
        put(out, came.bytes);
    }
}

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    handle out = get_stdout(), headers = fields(), trailers = fields();
    text url = TEXT(""), method = TEXT("GET"), body = TEXT("");
    uint64_t timeout = 0, connecting = 0;
    bool trailing = false;
    for (size_t i = 1; i < given.size; i++) {
        text option = given.at[i];
        if (!starts(option, TEXT("--"))) { url = option; continue; }
        if (++i == given.size) return !usage(out, TEXT("an option without its value"));
        if (same(option, TEXT("--method"))) method = given.at[i];
        else if (same(option, TEXT("--timeout"))) timeout = number_of(given.at[i]) * MILLISECOND;
        else if (same(option, TEXT("--body"))) body = given.at[i];
        else if (same(option, TEXT("--connect-timeout"))) connecting = number_of(given.at[i]) * MILLISECOND;
        else if (same(option, TEXT("--header")) || same(option, TEXT("--trailer"))) {
            bool trailer = same(option, TEXT("--trailer"));
            trailing |= trailer;
            uint8_t refused[2];
            size_t colon = index_of(given.at[i], ':');
            text value = after(given.at[i], colon < given.at[i].size ? colon + 1 : colon);
            while (starts(value, TEXT(" "))) value = after(value, 1);
            fields_append(trailer ? trailers : headers, given.at[i].at, colon, value.at, value.size, refused);
            if (refused[0]) return !usage(out, refused[1] == 1 ? TEXT("programs may not set this header field") : TEXT("no header field"));
        } else return !usage(out, TEXT("an unknown option"));
    }
    if (!starts(url, TEXT("http://")) && !starts(url, TEXT("https://"))) return !usage(out, TEXT("expected a URL: http://… or https://…"));

    handle request = outgoing_request(headers);
    if (!set_target(request, url, method)) return !usage(out, TEXT("not a URL, or not a method"));
    handle options = request_options();
    if (timeout) {
        set_connect_timeout(options, 1, timeout);
        set_first_byte_timeout(options, 1, timeout);
        set_between_bytes_timeout(options, 1, timeout);
    }
    if (connecting) set_connect_timeout(options, 1, connecting);
    result_handle outgoing, stream;
    outgoing_request_body(request, &outgoing);
    result_future sent;
    send_request(request, 1, options, &sent);
    if (sent.failed) return !fails(out, &sent.error);
    if (body.size) {
        outgoing_body_write(outgoing.value, &stream);
        put(stream.value, body);
        output_drop(stream.value);
    }
    result_http finished;
    outgoing_body_finish(outgoing.value, trailing, trailing ? trailers : 0, &finished);
    if (finished.failed) return !fails(out, &finished.error);

    handle ready = future_subscribe(sent.value);
    pollable_block(ready);
    pollable_drop(ready);
    future_response came;
    future_get(sent.value, &came);
    if (came.given.result.failed) return !fails(out, &came.given.result.error);
    return !print_response(out, came.given.result.value);
}
