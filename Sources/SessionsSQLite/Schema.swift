import GRDB

/// The tables, as a list of named migrations to which entries are only ever appended.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("sessions-1", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: tables)
        }
        migrator.registerMigration("sessions-2-realms", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: realms)
        }
        migrator.registerMigration("sessions-3-quarantine", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: quarantine)
        }
        migrator.registerMigration("sessions-4-total", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: total)
        }
        return migrator
    }

    /// Times are milliseconds since 1970, spans are milliseconds.
    private static let tables = """
        CREATE TABLE session (
            id TEXT NOT NULL PRIMARY KEY,
            secret_digest BLOB NOT NULL,
            secret_issued_at INTEGER NOT NULL,
            family_digest BLOB NOT NULL,
            previous_digest BLOB,
            previous_nonce BLOB,
            previous_successor_seen_at INTEGER,
            superseded_family_digest BLOB,
            superseded_at INTEGER,
            superseded_revision INTEGER,
            created_at INTEGER NOT NULL,
            last_used_at INTEGER NOT NULL,
            idle_timeout INTEGER,
            touch_interval INTEGER NOT NULL,
            absolute_deadline INTEGER NOT NULL,
            retention INTEGER NOT NULL,
            is_persistent INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            principal TEXT,
            authenticated_at INTEGER,
            carrier TEXT NOT NULL,
            end_reason TEXT,
            ended_at INTEGER,
            -- A lower bound of when the sweep is due here, so that a touch leaves the index alone.
            due_from INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX session_due ON session (due_from);

        CREATE TABLE session_attribute (
            session_id TEXT NOT NULL,
            name TEXT NOT NULL,
            json TEXT NOT NULL,
            revision INTEGER NOT NULL,
            PRIMARY KEY (session_id, name)
        ) STRICT, WITHOUT ROWID;

        -- A hint: the session's own row says who it belongs to.
        CREATE TABLE principal_session (
            principal TEXT NOT NULL,
            session_id TEXT NOT NULL,
            enrolled_at INTEGER NOT NULL,
            -- When the sweep compares the entry with the session; NULL while they are known to agree.
            check_at INTEGER,
            PRIMARY KEY (principal, session_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX principal_session_of_session ON principal_session (session_id);
        CREATE INDEX principal_session_check ON principal_session (check_at) WHERE check_at IS NOT NULL;

        CREATE TABLE watermark (
            principal TEXT NOT NULL PRIMARY KEY,
            raised_to INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX watermark_age ON watermark (raised_to);
        """

    /// Gives sessions a realm: what was kept without one belongs to the default realm.
    ///
    /// The defaults also let a server of the version before go on with the file, which it has open while the new one
    /// starts.
    private static let realms = """
        ALTER TABLE session ADD COLUMN realm TEXT NOT NULL DEFAULT 'default';
        -- `pwd@MILLISECONDS otp@MILLISECONDS`, the latest last.
        ALTER TABLE session ADD COLUMN authentications TEXT NOT NULL DEFAULT '';
        CREATE INDEX session_realm ON session (realm, id);

        CREATE TABLE owner_session (
            realm TEXT NOT NULL DEFAULT 'default',
            principal TEXT NOT NULL,
            session_id TEXT NOT NULL,
            enrolled_at INTEGER NOT NULL,
            check_at INTEGER,
            PRIMARY KEY (realm, principal, session_id)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO owner_session (principal, session_id, enrolled_at, check_at)
            SELECT principal, session_id, enrolled_at, check_at FROM principal_session;
        DROP TABLE principal_session;
        ALTER TABLE owner_session RENAME TO principal_session;
        CREATE INDEX principal_session_of_session ON principal_session (session_id);
        CREATE INDEX principal_session_check ON principal_session (check_at) WHERE check_at IS NOT NULL;

        CREATE TABLE owner_watermark (
            realm TEXT NOT NULL DEFAULT 'default',
            principal TEXT NOT NULL,
            raised_to INTEGER NOT NULL,
            PRIMARY KEY (realm, principal)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO owner_watermark (principal, raised_to) SELECT principal, raised_to FROM watermark;
        DROP TABLE watermark;
        ALTER TABLE owner_watermark RENAME TO watermark;
        CREATE INDEX watermark_age ON watermark (raised_to);
        """

    /// Rows that can't be read, as they were found.
    ///
    /// The tables aren't STRICT, so that any value fits.
    private static let quarantine = """
        CREATE TABLE quarantined_session AS SELECT *, 0 AS quarantined_at FROM session WHERE 0;
        CREATE TABLE quarantined_attribute AS SELECT * FROM session_attribute WHERE 0;
        """

    /// How many live sessions there are and how many bytes they take, kept by triggers.
    ///
    /// So it is right whatever wrote: a server of the version before, an operator with a shell, or one that was killed.
    private static let total = """
        CREATE TABLE session_total (
            only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
            records INTEGER NOT NULL,
            -- 400 for each live session, and the bytes of all names and JSON texts.
            bytes INTEGER NOT NULL
        ) STRICT;
        INSERT INTO session_total SELECT 1, count(*), 400 * count(*) + (
            SELECT coalesce(sum(length(CAST(name AS BLOB)) + length(CAST(json AS BLOB))), 0) FROM session_attribute
        ) FROM session WHERE ended_at IS NULL;

        CREATE TRIGGER session_made AFTER INSERT ON session WHEN NEW.ended_at IS NULL BEGIN
            UPDATE session_total SET records = records + 1, bytes = bytes + 400;
        END;
        CREATE TRIGGER session_ended AFTER UPDATE OF ended_at ON session
        WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL BEGIN
            UPDATE session_total SET records = records - 1, bytes = bytes - 400;
        END;
        CREATE TRIGGER session_deleted AFTER DELETE ON session WHEN OLD.ended_at IS NULL BEGIN
            UPDATE session_total SET records = records - 1, bytes = bytes - 400;
        END;
        CREATE TRIGGER attribute_made AFTER INSERT ON session_attribute BEGIN
            UPDATE session_total
            SET bytes = bytes + length(CAST(NEW.name AS BLOB)) + length(CAST(NEW.json AS BLOB));
        END;
        CREATE TRIGGER attribute_resized AFTER UPDATE OF json ON session_attribute
        WHEN length(CAST(NEW.json AS BLOB)) <> length(CAST(OLD.json AS BLOB)) BEGIN
            UPDATE session_total
            SET bytes = bytes + length(CAST(NEW.json AS BLOB)) - length(CAST(OLD.json AS BLOB));
        END;
        CREATE TRIGGER attribute_deleted AFTER DELETE ON session_attribute BEGIN
            UPDATE session_total
            SET bytes = bytes - length(CAST(OLD.name AS BLOB)) - length(CAST(OLD.json AS BLOB));
        END;
        """
}
