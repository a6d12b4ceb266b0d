// The client library of PostgreSQL; Debian's package libpq-dev has it.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
// Debian's place, also where no pkg-config tells it.
#include <postgresql/libpq-fe.h>
#endif
