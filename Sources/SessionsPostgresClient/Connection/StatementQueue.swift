#if Postgres
    /// Statements that wait for a connection, in their order.
    struct StatementQueue {
        private var statements: [PendingStatement?] = []
        private var first = 0

        var isEmpty: Bool { first == statements.count }

        var count: Int { statements.count - first }

        mutating func append(_ statement: PendingStatement) { statements.append(statement) }

        mutating func popFirst() -> PendingStatement? {
            guard !isEmpty else { return nil }
            defer {
                statements[first] = nil
                first += 1
                if isEmpty {
                    statements.removeAll(keepingCapacity: true)
                    first = 0
                }
            }
            return statements[first]
        }

        /// Puts a statement before all others.
        mutating func putBack(_ statement: PendingStatement) {
            if first > 0 {
                first -= 1
                statements[first] = statement
            } else {
                statements.insert(statement, at: 0)
            }
        }

        /// Takes out what should have been answered by `now`.
        mutating func removeOverdue(at now: ContinuousClock.Instant) -> [PendingStatement] {
            let waiting = statements[first...].compactMap { $0 }
            let overdue = waiting.filter { $0.deadline <= now }
            if !overdue.isEmpty {
                statements = waiting.filter { $0.deadline > now }
                first = 0
            }
            return overdue
        }
    }
#endif
