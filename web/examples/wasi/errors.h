/* The error codes of wasi:http/types, in words. */
#pragma once

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

/* Say on `out` what went wrong; false. */
static bool fails(handle out, const http_error *error) {
    SAY(out, TEXT("error: "), ERRORS[error->kind].code, TEXT(": "), ERRORS[error->kind].words, TEXT("\n"));
    if ((error->kind == DNS_ERROR || error->kind == INTERNAL_ERROR) && error->words.some) SAY(out, TEXT("  "), error->words.value, TEXT("\n"));
    return false;
}
