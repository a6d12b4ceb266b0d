import Sessions

/// Finds the session that an operator means by an ID.
struct Lookup {
    let store: any SessionStore
    let realm: Realm?

    /// The candidates that an error lists.
    private static let maximumCandidates = 10

    /// Returns the session, live or ended.
    ///
    /// - Throws: a failure that says what is wrong with the ID, and which sessions half an ID could mean
    func record(_ text: String) async throws -> SessionRecord {
        let written = SessionIDText(text)
        switch written {
        case .id(let id):
            return try await record(of: id)
        case .beginning(let digits):
            throw try await candidates(for: digits)
        case .tooShort, .token:
            throw Failure(.usage, written.problem ?? "")
        case .other:
            throw Failure(.usage, (written.problem ?? "") + " as `sessions list` shows them")
        }
    }

    private func record(of id: SessionID) async throws -> SessionRecord {
        guard let record = try await store.load(id, at: .now) else {
            throw Failure(.noSession, SessionIDText.missing(id))
        }
        if let realm, record.realm != realm {
            throw Failure(.noSession, "session \(id) is in the realm \(record.realm), not in \(realm)")
        }
        return record
    }

    private func candidates(for digits: String) async throws -> Failure {
        var found: [SessionRecord] = []
        let unreadable = try await store.visit(realm.map { .realm($0) } ?? .all) { page in
            found += page.filter { $0.id.description.hasPrefix(digits) }
        }
        let ambiguity = SessionIDText.ambiguity(of: digits, count: found.count)
        let warning = Failure(unreadable: unreadable.filter { $0.description.hasPrefix(digits) }, "left out")
        let note = warning.map { "\n\($0.message)" } ?? ""
        guard !found.isEmpty else { return Failure(.noSession, ambiguity + note) }
        let shown = found.newestFirst.prefix(Self.maximumCandidates)
        let lines = SessionTable(Array(shown), at: .now).text
        let rest = found.count - shown.count
        return Failure(.noSession, "\(ambiguity):\n\(lines)" + (rest == 0 ? "" : "\nand \(rest) more") + note)
    }
}
