// A command for WASI 0.1: arguments, environment, standard streams, files.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef REALLOC
// With it, an adapter gets its memory from this module instead of growing the memory behind its back.
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  return realloc(old, size);
}
#endif

int main(int argc, char **argv) {
  char line[256];
  for (int i = 1; i < argc; i++) printf("argument %s\n", argv[i]);
  const char *user = getenv("WHO");
  printf("for %s\n", user ? user : "nobody");
  while (fgets(line, sizeof line, stdin)) printf("%zu %s", strlen(line), line);
  FILE *out = fopen("/work/made.txt", "w");
  if (!out) {
    fprintf(stderr, "no file: %s\n", strerror(errno));
    return 1;
  }
  fputs("made here\n", out);
  fclose(out);
  return 0;
}
