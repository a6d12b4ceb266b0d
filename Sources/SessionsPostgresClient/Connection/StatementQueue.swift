#if Postgres
    /// Statements that wait for a connection, in their order.
    struct StatementQueue {
        private var statements: [PendingStatement?] = []
        private var start = 0

        var isEmpty: Bool { start == statements.count }

        var count: Int { statements.count - start }

        var first: PendingStatement? { isEmpty ? nil : statements[start] }

        mutating func append(_ statement: PendingStatement) { statements.append(statement) }

        mutating func popFirst() -> PendingStatement? {
            guard !isEmpty else { return nil }
            defer {
                statements[start] = nil
                start += 1
                if isEmpty {
                    statements.removeAll(keepingCapacity: true)
                    start = 0
                }
            }
            return statements[start]
        }

        /// Puts a statement before all others.
        mutating func putBack(_ statement: PendingStatement) {
            if start > 0 {
                start -= 1
                statements[start] = statement
            } else {
                statements.insert(statement, at: 0)
            }
        }

        /// Takes out what should have been answered by `now`.
        mutating func removeOverdue(at now: ContinuousClock.Instant) -> [PendingStatement] {
            let waiting = statements[start...].compactMap { $0 }
            let overdue = waiting.filter { $0.deadline <= now }
            if !overdue.isEmpty {
                statements = waiting.filter { $0.deadline > now }
                start = 0
            }
            return overdue
        }
    }
#endif
