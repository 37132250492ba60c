/* wasi:http/types, as far as the examples use it. */
#pragma once

#include "wasi.h"

typedef struct { text name, value; } field;
struct field_list { const field *at; size_t size; };
typedef struct { uint8_t some; text value; } option_text;
typedef struct { uint8_t kind; text other; } http_method;

/* Each case of `error-code` fits in 32 bytes, its payload at 8; a text in it is where `words` is or 4 bytes further. */
typedef struct {
    uint8_t kind;
    _Alignas(8) union { option_text words; uint64_t number[3]; };
} http_error;

typedef struct { uint8_t failed; union { handle value; http_error error; }; } result_future;
typedef struct { uint8_t failed; http_error error; } result_http;
typedef struct {
    uint8_t some;
    _Alignas(8) struct { uint8_t taken; result_future result; } given;
} future_response;

typedef struct { uint8_t failed; union { struct { uint8_t some; handle value; } fields; http_error error; }; } result_trailers;
typedef struct {
    uint8_t some;
    _Alignas(8) struct { uint8_t taken; result_trailers result; } given;
} future_trailers;

IMPORT("http/types", "[constructor]fields") handle fields(void);
IMPORT("http/types", "[method]fields.append") void fields_append(handle, const char *, size_t, const char *, size_t, uint8_t *);
IMPORT("http/types", "[method]fields.entries") void fields_entries(handle, struct field_list *);
IMPORT("http/types", "[resource-drop]fields") void fields_drop(handle);

IMPORT("http/types", "[method]incoming-request.method") void request_method(handle, http_method *);
IMPORT("http/types", "[method]incoming-request.path-with-query") void request_path(handle, option_text *);
IMPORT("http/types", "[method]incoming-request.consume") void request_consume(handle, result_handle *);
IMPORT("http/types", "[resource-drop]incoming-request") void request_drop(handle);
IMPORT("http/types", "[method]incoming-body.stream") void incoming_body_stream(handle, result_handle *);
IMPORT("http/types", "[resource-drop]incoming-body") void incoming_body_drop(handle);
IMPORT("http/types", "[static]incoming-body.finish") handle incoming_body_finish(handle);
IMPORT("http/types", "[method]future-trailers.subscribe") handle trailers_subscribe(handle);
IMPORT("http/types", "[method]future-trailers.get") void trailers_get(handle, future_trailers *);

IMPORT("http/types", "[constructor]outgoing-response") handle outgoing_response(handle headers);
IMPORT("http/types", "[method]outgoing-response.set-status-code") int32_t outgoing_response_set_status(handle, int32_t);
IMPORT("http/types", "[method]outgoing-response.body") void outgoing_response_body(handle, result_handle *);
/* A response takes the first two numbers; the others belong to the error it might be instead. */
IMPORT("http/types", "[static]response-outparam.set")
void outparam_set(handle, int32_t failed, handle response, int32_t, int64_t, int32_t, int32_t, int32_t, int32_t);

IMPORT("http/types", "[constructor]outgoing-request") handle outgoing_request(handle headers);
IMPORT("http/types", "[method]outgoing-request.body") void outgoing_request_body(handle, result_handle *);
IMPORT("http/types", "[method]outgoing-request.set-method") int32_t set_method(handle, int32_t kind, const char *, size_t);
IMPORT("http/types", "[method]outgoing-request.set-scheme") int32_t set_scheme(handle, int32_t some, int32_t kind, const char *, size_t);
IMPORT("http/types", "[method]outgoing-request.set-authority") int32_t set_authority(handle, int32_t some, const char *, size_t);
IMPORT("http/types", "[method]outgoing-request.set-path-with-query") int32_t set_path(handle, int32_t some, const char *, size_t);
IMPORT("http/types", "[method]outgoing-body.write") void outgoing_body_write(handle, result_handle *);
IMPORT("http/types", "[static]outgoing-body.finish")
void outgoing_body_finish(handle, int32_t has_trailers, handle trailers, result_http *);

IMPORT("http/types", "[constructor]request-options") handle request_options(void);
IMPORT("http/types", "[method]request-options.set-connect-timeout") int32_t set_connect_timeout(handle, int32_t some, uint64_t);
IMPORT("http/types", "[method]request-options.set-first-byte-timeout") int32_t set_first_byte_timeout(handle, int32_t some, uint64_t);
IMPORT("http/types", "[method]request-options.set-between-bytes-timeout") int32_t set_between_bytes_timeout(handle, int32_t some, uint64_t);

IMPORT("http/outgoing-handler", "handle") void send_request(handle request, int32_t has_options, handle options, result_future *);
IMPORT("http/types", "[method]future-incoming-response.subscribe") handle future_subscribe(handle);
IMPORT("http/types", "[method]future-incoming-response.get") void future_get(handle, future_response *);
IMPORT("http/types", "[method]incoming-response.status") int32_t response_status(handle);
IMPORT("http/types", "[method]incoming-response.headers") handle response_headers(handle);
IMPORT("http/types", "[method]incoming-response.consume") void response_consume(handle, result_handle *);

static const text METHODS[] = {
    TEXT("GET"), TEXT("HEAD"), TEXT("POST"), TEXT("PUT"), TEXT("DELETE"), TEXT("CONNECT"), TEXT("OPTIONS"), TEXT("TRACE"), TEXT("PATCH"),
};

static text method_name(const http_method *method) { return method->kind < 9 ? METHODS[method->kind] : method->other; }
