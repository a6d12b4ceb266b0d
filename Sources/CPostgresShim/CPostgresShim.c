#include "CPostgresShim.h"

// Without libpq the trait `Postgres` is off, and nothing calls this.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#define HAS_LIBPQ
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#define HAS_LIBPQ
#endif

#ifdef HAS_LIBPQ
int sessions_pq_end_statement(void *connection) {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
    return PQsendPipelineSync((PGconn *)connection);
#else
    return PQpipelineSync((PGconn *)connection);
#endif
}
#endif
