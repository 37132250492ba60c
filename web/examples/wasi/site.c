/* A small site: a page with its stylesheet and a picture, a stream that takes its time, and an answer to a form. */
#include "answer.h"

static const text PAGE = TEXT(
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>A site in a component</title>\n"
    "<link rel=\"stylesheet\" href=\"style.css\">\n"
    "<h1>A site in a component</h1>\n"
    "<p>Every byte here was made by a WebAssembly component: this page, its stylesheet, the picture.</p>\n"
    "<img src=\"picture.png\" width=\"192\" height=\"128\" alt=\"A field of colour: red grows to the right, green downwards\">\n"
    "<h2>A stream</h2>\n"
    "<p><a href=\"ticks\">Ten lines</a> that come one by one.</p>\n"
    "<h2>A form</h2>\n"
    "<form method=\"post\" action=\"echo\">\n"
    "  <label>Say something <input name=\"words\" value=\"hello\"></label> <button>Send</button>\n"
    "</form>\n"
    "</html>\n");

static const text STYLE = TEXT(
    ":root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }\n"
    "body { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }\n"
    "h1 { color: rgb(0, 102, 153); }\n"
    "@media (prefers-color-scheme: dark) { h1 { color: rgb(119, 204, 255); } }\n"
    "img { display: block; max-width: 100%; height: auto; border-radius: 8px; }\n"
    "input, button { font: inherit; }\n");

/* --- a picture: PNG with deflate's stored blocks (RFC 2083; RFC 1950, RFC 1951 3.2.4) -------------------------------------- */

enum { WIDTH = 192, HEIGHT = 128, ROW = 1 + 3 * WIDTH };

typedef struct { unsigned char *at; size_t size; } buffer;

static void byte(buffer *out, unsigned value) { out->at[out->size++] = value; }
static void big_endian(buffer *out, uint32_t value) { for (int shift = 24; shift >= 0; shift -= 8) byte(out, value >> shift & 255); }
static void bytes(buffer *out, text what) { for (size_t i = 0; i < what.size; i++) byte(out, what.at[i]); }

static uint32_t crc(const unsigned char *at, size_t size) {
    uint32_t sum = ~0u;
    while (size--) {
        sum ^= *at++;
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum;
}

/* Close a chunk whose length stands at `start`. */
static void close_chunk(buffer *out, size_t start) {
    size_t end = out->size;
    out->size = start;
    big_endian(out, end - start - 8);
    out->size = end;
    big_endian(out, crc(out->at + start + 4, end - start - 4));
}

static size_t open_chunk(buffer *out, text name) {
    size_t start = out->size;
    big_endian(out, 0);
    bytes(out, name);
    return start;
}

static text picture(void) {
    buffer out = { take(HEIGHT * (ROW + 5) + 200, 1), 0 };
    bytes(&out, TEXT("\x89PNG\r\n\x1a\n"));
    size_t chunk = open_chunk(&out, TEXT("IHDR"));
    big_endian(&out, WIDTH);
    big_endian(&out, HEIGHT);
    bytes(&out, TEXT("\x08\x02\0\0\0")); /* 8 bits, red green blue */
    close_chunk(&out, chunk);

    chunk = open_chunk(&out, TEXT("IDAT"));
    bytes(&out, TEXT("\x78\x01"));
    uint32_t a = 1, b = 0;
    for (int y = 0; y < HEIGHT; y++) { /* a block for each row */
        byte(&out, y == HEIGHT - 1);
        byte(&out, ROW & 255), byte(&out, ROW >> 8), byte(&out, ~ROW & 255), byte(&out, ~ROW >> 8 & 255);
        unsigned char *row = out.at + out.size;
        byte(&out, 0); /* no filter */
        for (int x = 0; x < WIDTH; x++) {
            byte(&out, 255 * x / (WIDTH - 1));
            byte(&out, 255 * y / (HEIGHT - 1));
            byte(&out, (x / 16 + y / 16) % 2 ? 160 : 96);
        }
        for (int i = 0; i < ROW; i++) a = (a + row[i]) % 65521, b = (b + a) % 65521;
    }
    big_endian(&out, b << 16 | a);
    close_chunk(&out, chunk);
    close_chunk(&out, open_chunk(&out, TEXT("IEND")));
    return (text){ (char *)out.at, out.size };
}

/* --- answering -------------------------------------------------------------------------------------------------------------- */

static void ticks(answer to) {
    for (int i = 1; i <= 10; i++) {
        if (i > 1) sleep_for(300 * MILLISECOND);
        if (!SAY(to.stream, TEXT("tick "), decimal(i), TEXT("\n"))) return;
    }
}

/* What came, as it comes. */
static void echo(answer to, handle request) {
    http_method method;
    result_handle body, stream;
    request_method(request, &method);
    SAY(to.stream, method_name(&method), TEXT(" "));
    request_consume(request, &body);
    incoming_body_stream(body.value, &stream);
    for (uintptr_t mark = remember();; forget(mark)) {
        result_bytes came;
        input_blocking_read(stream.value, 4096, &came);
        if (came.failed || !put(to.stream, came.bytes)) break;
    }
    input_drop(stream.value);
    incoming_body_drop(body.value);
}

EXPORT("wasi:http/incoming-handler@0.2.0#handle") void handle_request(handle request, handle outparam) {
    option_text asked;
    request_path(request, &asked);
    text path = asked.some ? asked.value : TEXT("/");
    for (size_t i = 0; i < path.size; i++) if (path.at[i] == '?') path.size = i;
    answer to;
    if (same(path, TEXT("/")) || same(path, TEXT("/index.html"))) put((to = begin(outparam, 200, TEXT("text/html; charset=utf-8"))).stream, PAGE);
    else if (same(path, TEXT("/style.css"))) put((to = begin(outparam, 200, TEXT("text/css"))).stream, STYLE);
    else if (same(path, TEXT("/picture.png"))) put((to = begin(outparam, 200, TEXT("image/png"))).stream, picture());
    else if (same(path, TEXT("/ticks"))) ticks(to = begin(outparam, 200, TEXT("text/plain; charset=utf-8")));
    else if (same(path, TEXT("/echo"))) echo(to = begin(outparam, 200, TEXT("text/plain; charset=utf-8")), request);
    else SAY((to = begin(outparam, 404, TEXT("text/plain; charset=utf-8"))).stream, TEXT("there is nothing at "), path, TEXT("\n"));
    finish(to);
    request_drop(request);
}
