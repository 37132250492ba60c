/* copy FROM TO: copies a file, 64 KiB at a time. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **given) {
    static char buffer[1 << 16];
    if (count != 3) return fprintf(stderr, "usage: copy FROM TO\n"), 2;
    int from = open(given[1], O_RDONLY), to = open(given[2], O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (from < 0 || to < 0) return perror("copy"), 1;
    for (ssize_t size; (size = read(from, buffer, sizeof buffer)) != 0;) {
        if (size < 0) return perror(given[1]), 1;
        for (ssize_t done = 0, part; done < size; done += part)
            if ((part = write(to, buffer + done, size - done)) < 0) return perror(given[2]), 1;
    }
    return close(to) < 0 ? perror(given[2]), 1 : 0;
}
