#pragma once

#include <spawn.h>

// Glibc declares these for `_GNU_SOURCE` alone, which Swift's importer doesn't define; macOS has the first.
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
#ifdef __linux__
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int posix_openpt(int flags);
int grantpt(int terminal);
int unlockpt(int terminal);
char *ptsname(int terminal);
#endif
