// What SQLite does for one thread of C: loads and commits of the sessions in a file that the store has made.
//
// `sqlite FILE GROUP` prints "ready", and for each line `loads SECONDS` or `commits SECONDS` how many a second it has done.
// A load reads a session and its attributes in a transaction of its own. A commit reads them too, since revisions and limits
// have to be checked, and writes the session's row and its attribute; GROUP of them share a durable transaction, as those of
// as many callers of the store do. The attribute gets a new revision each time, as in the store: SQLite leaves a row alone
// that is as it was. Sessions come in no order, as visitors do: neighbours in the table would share pages.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { most = 100000 };

static sqlite3 *database;
static char *ids[most];
static int count;

static void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL)); }

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

// Steps through all rows and looks at each column, so that SQLite reads it.
static int rows(sqlite3_stmt *statement) {
    int code, number = 0, columns = sqlite3_column_count(statement);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        number++;
        for (int column = 0; column < columns; column++) {
            if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) sqlite3_column_int64(statement, column);
            else sqlite3_column_blob(statement, column);
        }
    }
    check(code);
    check(sqlite3_reset(statement));
    return number;
}

static void bind(sqlite3_stmt *statement, int place, const char *text) {
    check(sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC));
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int arguments, char **values) {
    int group = arguments == 3 ? atoi(values[2]) : 0;
    if (group < 1) {
        fprintf(stderr, "usage: sqlite FILE GROUP\n");
        return 64;
    }
    check(sqlite3_open_v2(values[1], &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    sqlite3_stmt *all = prepared("SELECT id FROM session");
    while (sqlite3_step(all) == SQLITE_ROW && count < most) ids[count++] = strdup((const char *)sqlite3_column_text(all, 0));
    check(sqlite3_finalize(all));
    for (int place = count - 1; place > 0; place--) {
        int other = rand() % (place + 1);
        char *id = ids[place];
        ids[place] = ids[other];
        ids[other] = id;
    }
    if (count == 0) {
        fprintf(stderr, "%s has no sessions\n", values[1]);
        return 1;
    }
    sqlite3_stmt *begin = prepared("BEGIN"), *immediate = prepared("BEGIN IMMEDIATE"), *commit = prepared("COMMIT");
    sqlite3_stmt *session = prepared("SELECT * FROM session WHERE id = ?");
    sqlite3_stmt *attributes =
        prepared("SELECT name, json, revision FROM session_attribute WHERE session_id = ? ORDER BY name");
    sqlite3_stmt *touch = prepared("UPDATE session SET last_used_at = ?, revision = revision + 1 WHERE id = ?");
    sqlite3_stmt *set = prepared("INSERT INTO session_attribute (session_id, name, json, revision) VALUES (?, 'cart', ?, ?) "
                                 "ON CONFLICT DO UPDATE SET json = excluded.json, revision = excluded.revision");
    sqlite3_int64 revision = 1;
    char json[257];
    memset(json, 'x', 256);
    json[0] = json[255] = '"';
    json[256] = 0;
    printf("ready\n");
    fflush(stdout);

    char line[100], work[100];
    double seconds;
    while (fgets(line, sizeof line, stdin) && sscanf(line, "%99s %lf", work, &seconds) == 2) {
        double begun = now();
        long done = 0;
        while (now() < begun + seconds) {
            if (strcmp(work, "loads") == 0) {
                const char *id = ids[done % count];
                rows(begin);
                bind(session, 1, id);
                if (rows(session) != 1) return 1;
                bind(attributes, 1, id);
                rows(attributes);
                rows(commit);
                done++;
            } else {
                rows(immediate);
                for (int each = 0; each < group; each++, done++) {
                    const char *id = ids[done % count];
                    bind(session, 1, id);
                    rows(session);
                    bind(attributes, 1, id);
                    rows(attributes);
                    check(sqlite3_bind_int64(touch, 1, (sqlite3_int64)time(NULL) * 1000));
                    bind(touch, 2, id);
                    rows(touch);
                    bind(set, 1, id);
                    bind(set, 2, json);
                    check(sqlite3_bind_int64(set, 3, ++revision));
                    rows(set);
                }
                rows(commit);
            }
        }
        printf("%f\n", (double)done / (now() - begun));
        fflush(stdout);
    }
    return 0;
}
