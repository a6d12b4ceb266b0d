#if Postgres
    import CLibPQ
    import Foundation
    import CPostgresShim

    /// One connection in pipeline mode with the statements that it is to answer; used by one thread alone.
    final class Link {
        /// A statement that was sent, up to its own end: each is a transaction of its own.
        struct Flight {
            /// The caller; `nil` for the greeting, and once the caller's deadline has passed.
            var pending: PendingStatement?
            /// Whether its preparation was sent along, and isn't answered yet.
            var isPreparing: Bool
            /// The name that it was prepared under; `nil` where it was sent without one.
            var name: String?
            let deadline: ContinuousClock.Instant
            var answer: PostgresAnswer?
        }

        let connection: OpaquePointer
        let server: String
        let descriptor: Int32
        private(set) var flights: [Flight] = []
        /// How many of them are reads that a caller waits for.
        private var reads = 0
        /// Whether it has been greeted and is of use.
        private(set) var isReady = false
        /// Why the server is of no use, as it answered to the greeting.
        private(set) var refusal: String?
        /// Whether a pooler stands between, which may give every statement to another server process.
        private var isPooled = false
        private var prepared: Set<String> = []
        /// Whether there are bytes that the socket has not taken.
        private(set) var hasUnsent = false
        /// Whether the connection is lost: nothing may be read from it any more, and its statements go elsewhere.
        private(set) var isBroken = false
        /// Why it is of no more use; what it has under way may still be answered.
        private(set) var isRetired = false

        init(_ socket: Socket) {
            connection = socket.connection
            descriptor = PQsocket(connection)
            let host = PQhost(connection).map { String(cString: $0) } ?? ""
            server = host + ":" + (PQport(connection).map { String(cString: $0) } ?? "")
            // Notices would go to the standard error.
            PQsetNoticeProcessor(connection, { _, _ in }, nil)
        }

        func close() { PQfinish(connection) }

        func retire() { isRetired = true }

        /// Whether the first statement has been due for so long that the server must have given it up.
        func isStuck(at now: ContinuousClock.Instant) -> Bool {
            flights.first.map { $0.deadline + .seconds(1) < now } ?? false
        }

        /// Takes the callers whose deadline has passed; their statements may still be answered.
        func giveUpOverdue(at now: ContinuousClock.Instant) -> [PendingStatement] {
            var overdue: [PendingStatement] = []
            for index in flights.indices where flights[index].deadline <= now {
                guard let pending = flights[index].pending else { continue }
                overdue.append(pending)
                flights[index].pending = nil
                if pending.isRead { reads -= 1 }
            }
            return overdue
        }

        /// Whether it has statements under way, and only such as read.
        var isReading: Bool { reads > 0 && reads == flights.count }

        /// Whether a statement whose caller has given up holds up what comes after it.
        private var isHeldUp: Bool { isReady && flights.first.map { $0.pending == nil } ?? false }

        /// Whether statements may be sent over it.
        ///
        /// Over a pooler one at a time: with the end of a statement it takes the server's process away, even where a part of the
        /// next one has arrived there.
        var takesStatements: Bool {
            isReady && !isRetired && !isBroken && !isHeldUp && !(isPooled && !flights.isEmpty)
        }
    }

    // Sending.
    extension Link {
        /// Begins with a question for what the server is, and bounds every statement's time where that reaches no one else.
        func greet(_ configuration: PostgresClientConfiguration, deadline: ContinuousClock.Instant) {
            isBroken = !sendGreeting([
                "\(PQbackendPID(connection))", "\(configuration.statementTimeout.wholeMilliseconds)",
                configuration.lockTimeout.map { "\($0.wholeMilliseconds)" },
            ])
            flights.append(Flight(pending: nil, isPreparing: false, name: nil, deadline: deadline))
            if !isBroken { flush() }
        }

        private func sendGreeting(_ parameters: [String?]) -> Bool {
            guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else { return false }
            let texts = parameters.map { text in text.flatMap { strdup($0) } }
            defer { for text in texts { free(text) } }
            let values = texts.map { UnsafePointer($0) }
            return PQsendQueryParams(connection, Self.greeting, Int32(values.count), nil, values, nil, nil, 0) == 1
                && sessions_pq_end_statement(UnsafeMutableRawPointer(connection)) == 1
        }

        /// A pooler's number of the process is its own invention.
        private static let greeting = """
            SELECT CASE WHEN pg_backend_pid() = $1::int THEN concat(set_config('statement_timeout', $2, false),
                    CASE WHEN $3::text IS NOT NULL THEN set_config('lock_timeout', $3, false) END) END,
                CASE WHEN pg_is_in_recovery() THEN 'is a replica'
                    WHEN current_setting('transaction_read_only')::boolean THEN 'is read-only' END
            """

        /// Sends a statement after those that are under way.
        func send(_ pending: PendingStatement) {
            let query = pending.statement.query
            let name = isPooled ? nil : query.name
            let isNew = name.map { prepared.insert($0).inserted } ?? false
            flights.append(Flight(pending: pending, isPreparing: isNew, name: name, deadline: pending.deadline))
            if pending.isRead { reads += 1 }
            if isNew {
                let types = query.parameterTypes.map(\.rawValue)
                isBroken = PQsendPrepare(connection, query.name, query.text, Int32(types.count), types) != 1
            }
            // It may have taken an earlier statement, or this one's preparation.
            isBroken = isBroken || !send(pending.statement, as: name)
        }

        private func send(_ statement: PostgresStatement, as name: String?) -> Bool {
            let query = statement.query
            let count = Int32(statement.lengths.count)
            let formats = [Int32](repeating: 1, count: statement.lengths.count)
            let sent = statement.bytes.withUnsafeBufferPointer { bytes in
                // A value of no bytes is no NULL, so its pointer must point somewhere.
                let base = UnsafeRawPointer(bytes.baseAddress ?? Self.nowhere).assumingMemoryBound(to: CChar.self)
                var start = 0
                let values = statement.lengths.map { length -> UnsafePointer<CChar>? in
                    guard length >= 0 else { return nil }
                    defer { start += Int(length) }
                    return base + start
                }
                if name != nil {
                    return PQsendQueryPrepared(connection, query.name, count, values, statement.lengths, formats, 1)
                }
                let types = query.parameterTypes.map(\.rawValue)
                return PQsendQueryParams(connection, query.text, count, types, values, statement.lengths, formats, 1)
            }
            return sent == 1 && sessions_pq_end_statement(UnsafeMutableRawPointer(connection)) == 1
        }

        private static var nowhere: UnsafePointer<UInt8> { ("" as StaticString).utf8Start }

        func flush() {
            guard !isBroken else { return }
            let result = PQflush(connection)
            hasUnsent = result == 1
            isBroken = result < 0
        }
    }

    // Receiving.
    extension Link {
        /// Reads what has come.
        ///
        /// - Parameter settle: takes each statement that was answered
        func receive(_ settle: (Flight) -> Void) {
            isBroken = isBroken || !read(settle)
        }

        private func read(_ settle: (Flight) -> Void) -> Bool {
            guard PQconsumeInput(connection) == 1 else { return false }
            var nothing = 0
            while !flights.isEmpty, PQisBusy(connection) == 0 {
                guard let result = PQgetResult(connection) else {
                    // Between the results of two statements; twice where the connection is lost.
                    nothing += 1
                    if nothing > 2 { return false }
                    continue
                }
                nothing = 0
                defer { PQclear(result) }
                guard take(result) else { continue }
                let flight = flights.removeFirst()
                if flight.pending?.isRead == true { reads -= 1 }
                settle(flight)
            }
            return PQstatus(connection) == CONNECTION_OK
        }

        /// Notes a result; returns whether the first statement is over.
        private func take(_ result: OpaquePointer) -> Bool {
            let first = 0
            let status = PQresultStatus(result)
            switch status {
            case PGRES_PIPELINE_SYNC:
                if isReady { noteErrors() } else { noteGreeting() }
                return true
            case PGRES_COMMAND_OK where flights[first].isPreparing:
                flights[first].isPreparing = false
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                flights[first].answer = .rows(PostgresRows(result))
            case PGRES_FATAL_ERROR:
                // What the loss of the connection comes as has no code.
                guard let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { break }
                let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
                flights[first].answer = .error(
                    PostgresServerError(code: String(cString: code), message: message, server: server))
            default:
                break
            }
            return false
        }

        /// After an error a prepared statement is prepared again: it may never have come to be, or be lost.
        private func noteErrors() {
            guard case .error(let error)? = flights.first?.answer else { return }
            if let name = flights.first?.name, flights.first?.isPreparing == true || error.code == "26000" {
                prepared.remove(name)
            }
            // The role or the server has become read-only: another host may be the primary by now.
            if error.code == "25006" { retire() }
        }

        private func noteGreeting() {
            guard case .rows(let rows)? = flights.first?.answer, rows.count == 1, rows.columnCount == 2 else { return }
            isPooled = rows.withValue(row: 0, column: 0) { $0 == nil }
            let refusal = rows.withValue(row: 0, column: 1) { $0.map { String(decoding: $0, as: UTF8.self) } }
            isReady = refusal == nil
            if let refusal { self.refusal = "PostgreSQL at \(server) \(refusal); the URL must name the primary" }
        }
    }

    extension PostgresRows {
        /// Copies a result of libpq.
        init(_ result: OpaquePointer) {
            let (rows, columns) = (PQntuples(result), PQnfields(result))
            var bytes = 0
            for row in 0..<rows { for column in 0..<columns { bytes += Int(PQgetlength(result, row, column)) } }
            self.init(count: Int(rows), columnCount: Int(columns), byteCount: bytes)
            for row in 0..<rows {
                for column in 0..<columns {
                    if PQgetisnull(result, row, column) == 1 {
                        appendNull()
                    } else {
                        append(
                            UnsafeRawBufferPointer(
                                start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column))))
                    }
                }
            }
        }
    }
#endif
