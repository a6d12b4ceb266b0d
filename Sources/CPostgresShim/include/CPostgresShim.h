// What differs between versions of libpq.

/// Ends a statement of a pipeline; returns 1, or 0 where the connection is lost.
///
/// From version 17 on it only appends to what is sent next, so that many statements take one system call.
int sessions_pq_end_statement(void *connection);
