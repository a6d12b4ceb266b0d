import Sessions

/// Copies the live sessions of one store to another, as they are: their tokens work there.
///
/// Nothing is written over a record of the destination, so it may be interrupted and begun again at any moment.
struct StoreCopy {
    let source: any SessionStore
    let destination: any SessionStore

    /// The writes under way at a time, so that a store can put several into one transaction.
    private static let concurrency = 64

    /// Looks at what the destination holds, and ends there what has ended in the source since an earlier copy.
    ///
    /// - Parameter merges: whether the destination may hold sessions of its own
    /// - Returns: how many were ended
    /// - Throws: a refusal where the destination holds sessions of its own and may not
    func prepare(merges: Bool) async throws -> Int {
        var own = (count: 0, first: SessionRecord?.none)
        var over: [(id: SessionID, end: SessionEnd)] = []
        // What the destination can't read counts as ended there.
        _ = try await destination.visit(.all) { page in
            for case let (there, here)? in try await Self.concurrently(page, { try await pair($0) }) {
                guard let here, here.realm == there.realm else {
                    own.count += 1
                    own.first = own.first ?? there
                    continue
                }
                if let end = here.end {
                    over.append((there.id, end))
                } else if here.revision < there.revision {
                    own.count += 1
                    own.first = own.first ?? there
                }
            }
        }
        if !merges, let first = own.first {
            throw Failure(
                .refused,
                "the destination holds \(Wording.count(own.count, "live session")) that the source has not, or not so new, such as "
                    + "\(first.id). Add --merge to keep them beside the copied ones, or name an empty store")
        }
        var ended = 0
        for (id, end) in over {
            var changes = SessionChanges(expectedGeneration: nil)
            changes.end = end
            if case .committed = try await destination.commit(changes, to: id, at: .now) { ended += 1 }
        }
        return ended
    }

    /// Returns a session of the destination with what the source has of it; `nil` where the source can't read that.
    private func pair(_ there: SessionRecord) async throws -> (SessionRecord, SessionRecord?)? {
        do throws(SessionError) {
            return (there, try await source.load(there.id, at: .now))
        } catch {
            guard error.code == .corrupt, !error.concernsStore else { throw error }
            return nil
        }
    }

    /// Copies what the destination has not.
    ///
    /// - Parameter progress: told of the counts so far, after each page
    func run(_ progress: (CopyCount) -> Void) async throws -> CopyCount {
        var count = CopyCount()
        let unreadable = try await source.visit(.all) { page in
            for outcome in try await Self.concurrently(page, { try await copy($0) }) { count.add(outcome) }
            progress(count)
        }
        count.unreadable = unreadable.map(\.description)
        return count
    }

    private func copy(_ record: SessionRecord) async throws -> CopyCount.Outcome {
        if let there = try await destination.load(record.id, at: .now) { return try Self.outcome(record, over: there) }
        if let owner = record.owner {
            try await destination.enroll(record.id, of: owner, at: .now)
            // What “end all” has ended before stays over.
            if let watermark = try await source.watermark(of: owner, raisedTo: nil) {
                _ = try await destination.watermark(of: owner, raisedTo: watermark)
            }
        }
        guard try await destination.create(record) else {
            guard let there = try await destination.load(record.id, at: .now) else { return .overThere }
            return try Self.outcome(record, over: there)
        }
        guard let there = try await destination.load(record.id, at: .now) else {
            throw Failure(.unreadable, "the destination doesn't have session \(record.id), which it has just taken")
        }
        try Self.verify(record, there)
        return .copied
    }

    private static func outcome(_ record: SessionRecord, over there: SessionRecord) throws -> CopyCount.Outcome {
        if there.end(at: .now) != nil { return .overThere }
        if there.revision > record.revision { return .newerThere }
        if there.revision < record.revision { return .outdated }
        try verify(record, there)
        return .alreadyThere
    }

    private static func verify(_ record: SessionRecord, _ there: SessionRecord) throws {
        // A server on the destination may have used it since.
        guard there.revision <= record.revision, there.end == nil else { return }
        let differences = RecordComparison.differences(record, there)
        guard differences.isEmpty else {
            throw Failure(
                .unreadable,
                "session \(record.id) is not the same in both stores, in the same revision: \(differences.joined(separator: ", ")) differ; "
                    + "nothing of it was overwritten")
        }
    }

    private static func concurrently<Item: Sendable, Answer: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            var answers: [Answer] = []
            for (index, item) in items.enumerated() {
                if index >= concurrency, let answer = try await group.next() { answers.append(answer) }
                group.addTask { try await work(item) }
            }
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }
}
