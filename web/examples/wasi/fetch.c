/* fetch URL [--method NAME] [--timeout MILLISECONDS] [--connect-timeout MILLISECONDS] [--header NAME:VALUE] [--trailer NAME:VALUE] [--body TEXT]
 *
 * Prints the status, the fields, the body and the trailers of the response; what went wrong in words, and then it ends with an error. */
#include "http.h"

static const struct { text code, words; } ERRORS[] = {
    { TEXT("DNS-timeout"), TEXT("the name server did not answer in time") },
    { TEXT("DNS-error"), TEXT("the name of the host means nothing") },
    { TEXT("destination-not-found"), TEXT("the host was not found") },
    { TEXT("destination-unavailable"), TEXT("the host cannot be reached") },
    { TEXT("destination-IP-prohibited"), TEXT("requests to that address are not allowed") },
    { TEXT("destination-IP-unroutable"), TEXT("no way leads to that address") },
    { TEXT("connection-refused"), TEXT("nobody listens there") },
    { TEXT("connection-terminated"), TEXT("the connection ended too early") },
    { TEXT("connection-timeout"), TEXT("no connection in time") },
    { TEXT("connection-read-timeout"), TEXT("no answer in time") },
    { TEXT("connection-write-timeout"), TEXT("the request was not taken in time") },
    { TEXT("connection-limit-reached"), TEXT("too many connections") },
    { TEXT("TLS-protocol-error"), TEXT("no secure connection") },
    { TEXT("TLS-certificate-error"), TEXT("the host's certificate is not trusted") },
    { TEXT("TLS-alert-received"), TEXT("the host ended the secure connection") },
    { TEXT("HTTP-request-denied"), TEXT("requests to this host were not granted") },
    { TEXT("HTTP-request-length-required"), TEXT("the host wants to know the length first") },
    { TEXT("HTTP-request-body-size"), TEXT("the body has not the size that was promised") },
    { TEXT("HTTP-request-method-invalid"), TEXT("the method is not possible here") },
    { TEXT("HTTP-request-URI-invalid"), TEXT("the address is not well formed") },
    { TEXT("HTTP-request-URI-too-long"), TEXT("the address is too long") },
    { TEXT("HTTP-request-header-section-size"), TEXT("the header is too large") },
    { TEXT("HTTP-request-header-size"), TEXT("a header field is too large") },
    { TEXT("HTTP-request-trailer-section-size"), TEXT("the trailers are too large") },
    { TEXT("HTTP-request-trailer-size"), TEXT("a trailer is too large") },
    { TEXT("HTTP-response-incomplete"), TEXT("the response broke off") },
    { TEXT("HTTP-response-header-section-size"), TEXT("the response's header is too large") },
    { TEXT("HTTP-response-header-size"), TEXT("a field of the response is too large") },
    { TEXT("HTTP-response-body-size"), TEXT("the response is too large") },
    { TEXT("HTTP-response-trailer-section-size"), TEXT("the response's trailers are too large") },
    { TEXT("HTTP-response-trailer-size"), TEXT("a trailer of the response is too large") },
    { TEXT("HTTP-response-transfer-coding"), TEXT("the transfer coding is unknown") },
    { TEXT("HTTP-response-content-coding"), TEXT("the content coding is unknown") },
    { TEXT("HTTP-response-timeout"), TEXT("the response did not come in time") },
    { TEXT("HTTP-upgrade-failed"), TEXT("the connection cannot be upgraded") },
    { TEXT("HTTP-protocol-error"), TEXT("the host does not speak HTTP properly") },
    { TEXT("loop-detected"), TEXT("the request came back to where it was") },
    { TEXT("configuration-error"), TEXT("the host is not set up properly") },
    { TEXT("internal-error"), TEXT("the request failed") },
};
enum { DNS_ERROR = 1, INTERNAL_ERROR = 38 };

static bool fails(handle out, const http_error *error) {
    SAY(out, TEXT("error: "), ERRORS[error->kind].code, TEXT(": "), ERRORS[error->kind].words, TEXT("\n"));
    if ((error->kind == DNS_ERROR || error->kind == INTERNAL_ERROR) && error->words.some) SAY(out, TEXT("  "), error->words.value, TEXT("\n"));
    return false;
}

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
