#!/bin/sh
# Builds data/pause from pause.c with GCC for both processors (Debian: gcc, gcc-aarch64-linux-gnu).
set -eu
cd "$(dirname "$0")"
flags="-Os -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables
  -fno-tree-loop-distribute-patterns -fno-pic -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack -s"
x86_64-linux-gnu-gcc $flags -o ../../data/pause/pause-amd64 pause.c
aarch64-linux-gnu-gcc $flags -mno-outline-atomics -o ../../data/pause/pause-arm64 pause.c
chmod 0755 ../../data/pause/pause-*
sha256sum ../../data/pause/pause-*
