/* sleeper [SECONDS]: sleeps, ten seconds when nothing is said, and prints each of them. */
#include "wasi.h"

EXPORT("wasi:cli/run@0.2.0#run") int32_t run(void) {
    struct texts given;
    get_arguments(&given);
    handle out = get_stdout();
    uint64_t seconds = given.size > 1 ? number_of(given.at[1]) : 10;
    for (uint64_t second = 0; second < seconds; second++) {
        SAY(out, TEXT("second "), decimal(second), TEXT("\n"));
        sleep_for(1000 * MILLISECOND);
    }
    SAY(out, TEXT("awake\n"));
    return 0;
}
