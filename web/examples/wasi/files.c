/* files COMMAND…: does one thing after the other with the files it is given. `list DIRECTORY`, `show FILE`, `put FILE TEXT`, `add FILE TEXT`
 * (at its end), `folder DIRECTORY`, `drop FILE`, `hold FILE TEXT` (puts it byte by byte, says it, and is busy for ever with the file open). What
 * fails is said, with the interface's own name for it, and makes the exit code 1. */
#include "wasi.h"

typedef struct { handle directory; text name; } preopen;
struct preopens { const preopen *at; size_t size; };
typedef struct { uint8_t failed; union { handle value; uint8_t error; }; } opened;
typedef struct { uint8_t failed; uint8_t error; } done;
typedef struct { uint8_t failed; union { struct { uint8_t some; struct { uint8_t kind; text name; } it; }; uint8_t error; }; } entry;

IMPORT("filesystem/preopens", "get-directories") void get_directories(struct preopens *);
IMPORT("filesystem/types", "[method]descriptor.open-at")
void open_at(handle, int32_t path_flags, const char *, size_t, int32_t open_flags, int32_t flags, opened *);
IMPORT("filesystem/types", "[method]descriptor.read-via-stream") void read_via_stream(handle, uint64_t offset, opened *);
IMPORT("filesystem/types", "[method]descriptor.write-via-stream") void write_via_stream(handle, uint64_t offset, opened *);
IMPORT("filesystem/types", "[method]descriptor.append-via-stream") void append_via_stream(handle, opened *);
IMPORT("filesystem/types", "[method]descriptor.read-directory") void read_directory(handle, opened *);
IMPORT("filesystem/types", "[method]descriptor.create-directory-at") void create_directory_at(handle, const char *, size_t, done *);
IMPORT("filesystem/types", "[method]descriptor.unlink-file-at") void unlink_file_at(handle, const char *, size_t, done *);
IMPORT("filesystem/types", "[method]directory-entry-stream.read-directory-entry") void read_directory_entry(handle, entry *);

enum { FOLLOW = 1, CREATE = 1, DIRECTORY = 2, TRUNCATE = 8, READ = 1, WRITE = 2 };

static const char *const codes[] = {
    "access", "would-block", "already", "bad-descriptor", "busy", "deadlock", "quota", "exist", "file-too-large", "illegal-byte-sequence",
    "in-progress", "interrupted", "invalid", "io", "is-directory", "loop", "too-many-links", "message-size", "name-too-long", "no-device",
    "no-entry", "no-lock", "insufficient-memory", "insufficient-space", "not-directory", "not-empty", "not-recoverable", "unsupported",
    "no-tty", "no-such-device", "overflow", "not-permitted", "pipe", "read-only", "invalid-seek", "text-file-busy", "cross-device",
};

static handle out;
static struct preopens found;

static text text_of(const char *literal) {
    size_t size = 0;
    while (literal[size]) size++;
    return (text){ literal, size };
}

static bool fails(uint8_t code, text path) {
    SAY(out, TEXT("error: "), text_of(codes[code]), TEXT(": "), path, TEXT("\n"));
    return false;
}

/* The preopened directory with the longest name that `path` lies in; what is left of the path goes to `rest`. */
static const preopen *within(text path, text *rest) {
    const preopen *best = 0;
    for (size_t i = 0; i < found.size; i++) {
        text name = found.at[i].name;
        while (name.size && name.at[name.size - 1] == '/') name.size--;
        if (!starts(path, name) || (path.size > name.size && path.at[name.size] != '/')) continue;
        if (best && best->name.size >= found.at[i].name.size) continue;
        best = &found.at[i];
        *rest = after(path, name.size);
        while (rest->size && rest->at[0] == '/') *rest = after(*rest, 1);
        if (!rest->size) *rest = TEXT(".");
    }
    return best;
}

static bool list(handle directory, text path) {
    opened entries;
    read_directory(directory, &entries);
    if (entries.failed) return fails(entries.error, path);
    for (;;) {
        entry one;
        read_directory_entry(entries.value, &one);
        if (one.failed) return fails(one.error, path);
        if (!one.some) return true;
        SAY(out, one.it.name, one.it.kind == 3 ? TEXT("/\n") : TEXT("\n"));
    }
}

static bool show(handle file, text path) {
    opened stream;
    read_via_stream(file, 0, &stream);
    if (stream.failed) return fails(stream.error, path);
    for (uintptr_t mark = remember();; forget(mark)) {
        result_bytes came;
        input_blocking_read(stream.value, 4096, &came);
        if (came.failed) break;
        put(out, came.bytes);
    }
    SAY(out, TEXT("\n"));
    return true;
}

static bool write_to(handle file, text path, text what, bool at_end, bool holds) {
    opened stream;
    if (at_end) append_via_stream(file, &stream);
    else write_via_stream(file, 0, &stream);
    if (stream.failed) return fails(stream.error, path);
    for (size_t i = 0, step = holds ? 1 : what.size; i < what.size; i += step)
        if (!put(stream.value, (text){ what.at + i, step })) return fails(6, path); /* what else can go wrong in memory is the quota */
    if (holds) SAY(out, what, TEXT("\n"));
    for (volatile bool busy = holds; busy;) {}
    output_drop(stream.value);
    return true;
}

/* One command; how many words it took, and 0 where it failed. */
static size_t perform(const text *words, size_t count) {
    bool holds = same(words[0], TEXT("hold")), writes = holds || same(words[0], TEXT("put")) || same(words[0], TEXT("add"));
    if (count < (writes ? 3u : 2u)) {
        SAY(out, TEXT("error: expected a file after `"), words[0], TEXT("`\n"));
        return 0;
    }
    text path = words[1], rest;
    const preopen *base = within(path, &rest);
    if (!base) return fails(31, path);
    done result;
    if (same(words[0], TEXT("folder"))) create_directory_at(base->directory, rest.at, rest.size, &result);
    else if (same(words[0], TEXT("drop"))) unlink_file_at(base->directory, rest.at, rest.size, &result);
    else {
        bool lists = same(words[0], TEXT("list")), empties = holds || same(words[0], TEXT("put"));
        opened file;
        open_at(base->directory, FOLLOW, rest.at, rest.size, lists ? DIRECTORY : writes ? CREATE | (empties ? TRUNCATE : 0) : 0,
            writes ? READ | WRITE : READ, &file);
        if (file.failed) return fails(file.error, path);
        bool worked = lists ? list(file.value, path) : writes ? write_to(file.value, path, words[2], !empties, holds) : show(file.value, path);
        return worked ? (writes ? 3 : 2) : 0;
    }
    return result.failed ? fails(result.error, path) : 2;
}

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    get_directories(&found);
    out = get_stdout();
    for (size_t i = 1; i < given.size;) {
        size_t took = perform(given.at + i, given.size - i);
        if (!took) return 1;
        i += took;
    }
    return 0;
}
