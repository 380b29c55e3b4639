#include "path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

const char *path_of(char path[MAX_PATH], const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path, MAX_PATH, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= MAX_PATH) fault_with("path", ENAMETOOLONG);
    return path;
}
