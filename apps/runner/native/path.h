#pragma once
#include "frames.h"

/* printf into a path of MAX_PATH bytes; one that does not fit is a fault. Returns it. */
const char *path_of(char path[MAX_PATH], const char *format, ...) __attribute__((format(printf, 2, 3)));
