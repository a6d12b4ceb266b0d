import Sessions

extension Bench {
    func violation(_ expected: String, saw seen: String) -> ContractViolation {
        ContractViolation(clause: clause.name, expected: expected, seen: seen)
    }

    func expect(_ holds: Bool, _ expected: String, saw seen: @autoclosure () -> String) throws {
        guard holds else { throw violation(expected, saw: seen()) }
    }

    func expectEqual<Value: Equatable>(_ seen: Value, _ expected: Value, _ what: String) throws {
        try expect(seen == expected, "\(what) to be \(expected)", saw: "\(seen)")
    }

    /// Returns the record that the store has for `id`.
    func loaded(_ id: SessionID, at moment: Timestamp? = nil) async throws -> SessionRecord {
        guard let record = try await store.load(id, at: moment ?? now) else {
            throw violation("the record to load", saw: "nil")
        }
        return record
    }

    /// Commits what must apply, and returns the record as the store says it is now.
    @discardableResult
    func commit(
        _ changes: SessionChanges, to id: SessionID, at moment: Timestamp? = nil, _ what: String = "the commit"
    ) async throws -> SessionRecord {
        let result = try await store.commit(changes, to: id, at: moment ?? now)
        guard case .committed(let record) = result else {
            throw violation("\(what) to apply", saw: Self.summary(result))
        }
        return record
    }

    /// Commits what must be refused because the session is over.
    func expectEnded(
        _ changes: SessionChanges, to id: SessionID, by end: SessionEnd, at moment: Timestamp, _ what: String
    ) async throws {
        let result = try await store.commit(changes, to: id, at: moment)
        guard case .ended(end) = result else {
            throw violation("\(what) to be refused as ended (\(end.reason), \(end.at))", saw: Self.summary(result))
        }
    }

    /// Commits what must be refused because of the generation.
    func expectSuperseded(_ changes: SessionChanges, to id: SessionID, _ what: String) async throws {
        let result = try await store.commit(changes, to: id, at: now)
        guard case .superseded = result else {
            throw violation("\(what) to be refused as superseded", saw: Self.summary(result))
        }
    }

    /// Commits what must be refused because of an attribute's revision, and returns the record that came with it.
    @discardableResult
    func expectConflict(_ changes: SessionChanges, to id: SessionID, _ what: String) async throws -> SessionRecord {
        let result = try await store.commit(changes, to: id, at: now)
        guard case .conflict(let record) = result else {
            throw violation("\(what) to be refused as a conflict", saw: Self.summary(result))
        }
        return record
    }

    /// Commits what must be refused because of a limit.
    func expectTooLarge(_ changes: SessionChanges, to id: SessionID, _ what: String) async throws {
        let result = try await store.commit(changes, to: id, at: now)
        guard case .tooLarge = result else {
            throw violation("\(what) to be refused as too large", saw: Self.summary(result))
        }
    }

    /// Checks that the store has exactly `expected`.
    func expectStored(_ expected: SessionRecord, at moment: Timestamp? = nil, _ what: String) async throws {
        try expectSame(await loaded(expected.id, at: moment), expected, what)
    }

    func expectSame(_ seen: SessionRecord, _ expected: SessionRecord, _ what: String) throws {
        let differences = expected.differences(from: seen)
        try expect(differences.isEmpty, what, saw: differences.joined(separator: "; "))
    }

    /// Checks that one attribute holds this JSON value.
    func expectAttribute(_ name: String, _ json: String?, in record: SessionRecord, _ what: String) throws {
        let seen = record.attributes[name]?.json
        let holds = seen.map { seen in json.map { JSONValue.same(seen, $0) } ?? false } ?? (json == nil)
        try expect(holds, "\(what): attribute \"\(name)\" to be \(json ?? "absent")", saw: seen ?? "none")
    }

    static func summary(_ result: CommitResult) -> String {
        switch result {
        case .committed(let record): "committed, revision \(record.revision)"
        case .conflict(let record): "conflict, revision \(record.revision)"
        case .superseded: "superseded"
        case .ended(let end): "ended (\(end.reason), \(end.at))"
        case .missing: "missing"
        case .tooLarge(let excess): "too large (\(excess))"
        }
    }

    /// Runs `count` tasks at once, and returns what they returned in the order of their numbers.
    func concurrently<Answer: Sendable>(
        _ count: Int, _ work: @escaping @Sendable (Int) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for number in 0..<count {
                group.addTask {
                    await Task.yield()
                    return (number, try await work(number))
                }
            }
            var answers: [Int: Answer] = [:]
            for try await (number, answer) in group { answers[number] = answer }
            return (0..<count).compactMap { answers[$0] }
        }
    }

    /// Sweeps until the store says that nothing more is due.
    func sweepAll(at moment: Timestamp, limit: Int = 500) async throws {
        for _ in 0..<10_000 {
            let result = try await store.sweep(at: moment, limit: limit)
            if let failure = result.failure { throw failure }
            if result.examined < limit { return }
        }
        throw violation("repeated sweeps to come to an end", saw: "10000 sweeps that each found \(limit) records")
    }

    /// Follows a query to its last page.
    ///
    /// - Parameter between: runs after each page, with the records on it
    func listed(
        _ scope: SessionQuery.Scope, limit: Int = 100, at moment: Timestamp? = nil, includesEnded: Bool = false,
        between: ([SessionRecord]) async throws -> Void = { _ in }
    ) async throws -> [SessionRecord] {
        var records: [SessionRecord] = []
        var query = SessionQuery(scope, limit: limit, includesEnded: includesEnded)
        for _ in 0..<100_000 {
            let page = try await store.list(query, at: moment ?? now)
            try expect(page.records.count <= limit, "at most \(limit) records a page", saw: "\(page.records.count)")
            records += page.records
            try await between(page.records)
            guard let next = page.next else { return records }
            query.cursor = next
        }
        throw violation("the pages to come to an end", saw: "100000 pages")
    }
}
