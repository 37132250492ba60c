/* Reads its input line by line, and says each one again with its number. Without an end of line it waits for more. */
#include "wasi.h"

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    static char line[1 << 16];
    handle in = get_stdin(), out = get_stdout();
    size_t size = 0;
    uint64_t number = 0;
    for (uintptr_t mark = remember();; forget(mark)) {
        result_bytes came;
        input_blocking_read(in, 4096, &came);
        if (came.failed) break;
        for (size_t i = 0; i < came.bytes.size; i++) {
            line[size++] = came.bytes.at[i];
            if (came.bytes.at[i] != '\n' && size < sizeof line) continue;
            SAY(out, decimal(++number), TEXT(": "), (text){ line, size });
            size = 0;
        }
    }
    if (size) SAY(out, decimal(++number), TEXT(": "), (text){ line, size }, TEXT("\n"));
    SAY(out, TEXT("end of input\n"));
    return 0;
}
