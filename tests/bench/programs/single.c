/* single clock COUNT | random COUNT | read FILE: as many single calls, and for a file reads of 4 KiB; prints how many. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **given) {
    if (count != 3) return fprintf(stderr, "usage: single clock|random|read WHAT\n"), 2;
    static char buffer[4096];
    int done = 0;
    if (!strcmp(given[1], "read")) {
        int from = open(given[2], O_RDONLY);
        if (from < 0) return perror(given[2]), 1;
        for (ssize_t size; (size = read(from, buffer, sizeof buffer)) > 0;) done++;
    } else {
        struct timespec now;
        for (int most = atoi(given[2]); done < most; done++)
            if (!strcmp(given[1], "random") ? getentropy(buffer, 16) : clock_gettime(CLOCK_MONOTONIC, &now)) return 1;
    }
    printf("%d\n", done);
    return 0;
}
