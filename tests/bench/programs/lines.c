/* lines COUNT: prints so many lines, each when it is complete, as to a terminal. */
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **given) {
    int lines = count > 1 ? atoi(given[1]) : 100000;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (int line = 0; line < lines; line++) printf("line %d of %d\n", line, lines);
    return 0;
}
