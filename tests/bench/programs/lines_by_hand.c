/* lines_by_hand COUNT: prints so many lines, each with one call and no library between. */
#include "wasi.h"

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    handle out = get_stdout();
    uint64_t lines = given.size > 1 ? number_of(given.at[1]) : 100000;
    for (uint64_t line = 0; line < lines; line++) {
        uintptr_t mark = remember();
        if (!SAY(out, TEXT("line "), decimal(line), TEXT(" of "), decimal(lines), TEXT("\n"))) return 1;
        forget(mark);
    }
    return 0;
}
