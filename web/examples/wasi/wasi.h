/* WASI 0.2 for C without a library: imports as core functions, results as structs.
 *
 * A C struct on wasm32 is laid out as the canonical ABI lays out the same record, and a variant is a discriminant before its payload
 * (CanonicalABI.md, "Alignment", "Element Size"), so a function that returns more than one core value writes such a struct. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int32_t handle;

#define IMPORT(interface, name) __attribute__((import_module("wasi:" interface "@0.2.0"), import_name(name))) extern
#define EXPORT(name) __attribute__((export_name(name)))

/* --- memory: one region that only grows, and can be emptied -------------------------------------------------------------- */

extern unsigned char __heap_base;
static uintptr_t region_end;

static void *take(size_t size, size_t align) {
    if (!region_end) region_end = (uintptr_t)&__heap_base;
    uintptr_t start = (region_end + align - 1) & ~(align - 1);
    region_end = start + size;
    size_t pages = (region_end + 0xffff) >> 16, have = __builtin_wasm_memory_size(0);
    if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (size_t)-1) __builtin_trap();
    return (void *)start;
}

/* What the host allocates with. Nothing is given back before `forget`. */
EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    unsigned char *new = take(size, align), *from = old;
    for (size_t i = 0; i < old_size && i < size; i++) new[i] = from[i];
    return new;
}

static uintptr_t remember(void) { return region_end; }
static void forget(uintptr_t mark) { region_end = mark; }

/* --- texts ---------------------------------------------------------------------------------------------------------------- */

typedef struct { const char *at; size_t size; } text;

#define TEXT(literal) ((text){ literal, sizeof(literal) - 1 })

static bool same(text a, text b) {
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++) if (a.at[i] != b.at[i]) return false;
    return true;
}

static bool starts(text whole, text start) { return whole.size >= start.size && same((text){ whole.at, start.size }, start); }

static text after(text whole, size_t count) { return (text){ whole.at + count, whole.size - count }; }

static text decimal(uint64_t number) {
    char *end = (char *)take(20, 1) + 20, *at = end;
    do *--at = '0' + number % 10; while (number /= 10);
    return (text){ at, end - at };
}

static uint64_t number_of(text digits) {
    uint64_t number = 0;
    for (size_t i = 0; i < digits.size && digits.at[i] >= '0' && digits.at[i] <= '9'; i++) number = number * 10 + (digits.at[i] - '0');
    return number;
}

/* --- results: what failed is above zero in `failed` ------------------------------------------------------------------------ */

typedef struct { uint8_t failed; handle value; } result_handle;
typedef struct { uint8_t failed; uint64_t value; } result_u64;
typedef struct { uint8_t failed; union { text bytes; uint8_t error; }; } result_bytes; /* error: 0 failed, 1 closed */
typedef struct { uint8_t failed; struct { uint8_t error; handle cause; }; } result_stream;
struct polled { const uint32_t *at; size_t size; };
struct texts { const text *at; size_t size; };

/* --- wasi:io, wasi:clocks, wasi:cli ----------------------------------------------------------------------------------------- */

IMPORT("io/poll", "[method]pollable.block") void pollable_block(handle);
IMPORT("io/poll", "poll") void poll(const handle *, size_t, struct polled *);
IMPORT("io/poll", "[resource-drop]pollable") void pollable_drop(handle);
IMPORT("io/streams", "[method]input-stream.read") void input_read(handle, uint64_t, result_bytes *);
IMPORT("io/streams", "[method]input-stream.blocking-read") void input_blocking_read(handle, uint64_t, result_bytes *);
IMPORT("io/streams", "[resource-drop]input-stream") void input_drop(handle);
IMPORT("io/streams", "[method]output-stream.check-write") void output_check_write(handle, result_u64 *);
IMPORT("io/streams", "[method]output-stream.write") void output_write(handle, const void *, size_t, result_stream *);
IMPORT("io/streams", "[method]output-stream.blocking-write-and-flush")
void output_blocking_write_and_flush(handle, const void *, size_t, result_stream *);
IMPORT("io/streams", "[method]output-stream.blocking-flush") void output_blocking_flush(handle, result_stream *);
IMPORT("io/streams", "[method]output-stream.blocking-splice") void output_blocking_splice(handle, handle, uint64_t, result_u64 *);
IMPORT("io/streams", "[method]output-stream.subscribe") handle output_subscribe(handle);
IMPORT("io/streams", "[resource-drop]output-stream") void output_drop(handle);
IMPORT("clocks/monotonic-clock", "now") uint64_t now(void);
IMPORT("clocks/monotonic-clock", "subscribe-duration") handle subscribe_duration(uint64_t nanoseconds);
IMPORT("cli/environment", "get-arguments") void get_arguments(struct texts *);
IMPORT("cli/stdin", "get-stdin") handle get_stdin(void);
IMPORT("cli/stdout", "get-stdout") handle get_stdout(void);

#define MILLISECOND UINT64_C(1000000)

static void sleep_for(uint64_t nanoseconds) {
    handle timer = subscribe_duration(nanoseconds);
    pollable_block(timer);
    pollable_drop(timer);
}

/* Write all of `what`; false once nobody reads it any more. */
static bool put(handle out, text what) {
    result_stream result;
    while (what.size) {
        size_t count = what.size < 4096 ? what.size : 4096;
        output_blocking_write_and_flush(out, what.at, count, &result);
        if (result.failed) return false;
        what = after(what, count);
    }
    return true;
}

/* The texts after one another, in one write. */
#define SAY(out, ...) say(out, (const text[]){ __VA_ARGS__ }, sizeof((const text[]){ __VA_ARGS__ }) / sizeof(text))
static bool say(handle out, const text *parts, size_t count) {
    uintptr_t mark = remember();
    size_t size = 0;
    for (size_t i = 0; i < count; i++) size += parts[i].size;
    char *line = take(size, 1), *at = line;
    for (size_t i = 0; i < count; i++) for (size_t j = 0; j < parts[i].size; j++) *at++ = parts[i].at[j];
    bool done = put(out, (text){ line, size });
    forget(mark);
    return done;
}
