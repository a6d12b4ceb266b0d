import Sessions

/// Finds the session that an operator means by an ID.
struct Lookup {
    let store: any SessionStore
    let realm: Realm?

    /// The candidates that an error lists.
    private static let maximumCandidates = 10
    /// Fewer digits than these would name every other session.
    private static let minimumDigits = 4

    /// Returns the session, live or ended.
    ///
    /// - Throws: a failure that says what is wrong with the ID, and which sessions half an ID could mean
    func record(_ text: String) async throws -> SessionRecord {
        let digits = text.lowercased()
        guard let id = SessionID(digits) else { throw try await explanation(of: digits, as: text) }
        guard let record = try await store.load(id, at: .now) else {
            throw Failure(
                .noSession,
                "there is no session \(id); it never was in this store, or it ended so long ago that nothing of it is kept"
            )
        }
        if let realm, record.realm != realm {
            throw Failure(.noSession, "session \(id) is in the realm \(record.realm), not in \(realm)")
        }
        return record
    }

    private func explanation(of digits: String, as text: String) async throws -> Failure {
        if let token = SessionToken(text: text) {
            return Failure(
                .usage,
                "this is a token, which is a secret that opens the session; name the session by its ID, \(token.id)")
        }
        guard digits.utf8.count < 32, digits.utf8.allSatisfy(Self.isHexadecimal) else {
            return Failure(
                .usage, "this is no session ID, which is 32 hexadecimal digits as `sessions list` shows them")
        }
        guard digits.utf8.count >= Self.minimumDigits else {
            return Failure(
                .usage,
                "\"\(digits)\" is too little of an ID to look for; give \(Self.minimumDigits) of its 32 digits or more")
        }
        var found: [SessionRecord] = []
        try await store.visit(realm.map { .realm($0) } ?? .all) { page in
            found += page.filter { $0.id.description.hasPrefix(digits) }
        }
        guard !found.isEmpty else {
            return Failure(.noSession, "\(digits) is no whole ID, and no live session has one that begins so")
        }
        let shown = found.sorted { $0.createdAt > $1.createdAt }.prefix(Self.maximumCandidates)
        let lines = SessionTable(Array(shown), at: .now).text
        let rest = found.count - shown.count
        return Failure(
            .noSession,
            "\(digits) is no whole ID; it could be \(found.count == 1 ? "this" : "one of these"):\n\(lines)"
                + (rest == 0 ? "" : "\nand \(rest) more"))
    }

    private static func isHexadecimal(_ digit: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit)
    }
}
