#!/bin/sh
# Builds the modules that the tests read. Made with Debian's clang and lld 14 and its wasi-libc:
#   apt-get install clang lld wasi-libc libclang-rt-dev-wasm32
set -eu
cd "$(dirname "$0")"
clang --target=wasm32 -Oz -nostdlib -Wl,--no-entry,--strip-all -o kit.wasm kit.c
clang --target=wasm32 -Oz -nostdlib -DSTANDARD_NAMES -Wl,--no-entry,--strip-all -o kit-standard.wasm kit.c
clang --target=wasm32-wasi -Oz -Wl,--strip-all -o cat.wasm cat.c
clang --target=wasm32-wasi -Oz -DREALLOC -Wl,--strip-all -o cat-realloc.wasm cat.c
