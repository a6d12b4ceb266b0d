/// How many live sessions a store may hold and how many bytes of them, and which share of both is for users alone.
package struct StoreRoom: Sendable {
    /// What a record takes beside its names and JSON texts, about.
    package static let recordBytes = 400

    private let maximumRecords: Int
    private let maximumBytes: Int
    private let visitorRecords: Int
    private let visitorBytes: Int
    private let store: String
    private let remedy: String

    /// - Parameters:
    ///   - maximumRecords: live sessions; `nil` for no limit
    ///   - maximumBytes: what they take together, as ``size(of:)`` counts; `nil` for no limit
    ///   - reserve: the share for sessions of signed-in users, from 0 to 1
    ///   - store: names the store in an error, as in "the memory store"
    ///   - remedy: what an operator can do beside raising the limit, as in " or use another store"
    package init(
        maximumRecords: Int?, maximumBytes: Int?, reserve: Double, of store: String, remedy: String = ""
    ) {
        self.maximumRecords = maximumRecords ?? .max
        self.maximumBytes = maximumBytes ?? .max
        visitorRecords = maximumRecords.map { Self.share(of: $0, without: reserve) } ?? .max
        visitorBytes = maximumBytes.map { Self.share(of: $0, without: reserve) } ?? .max
        self.store = store
        self.remedy = remedy
    }

    private static func share(of maximum: Int, without reserve: Double) -> Int {
        // A share of 1 of the largest number is no `Int`.
        reserve >= 1 ? 0 : maximum - Int(Double(maximum) * max(reserve, 0))
    }

    package static func size(of record: SessionRecord) -> Int { recordBytes + record.attributes.byteCount }

    /// Whether anything is limited.
    package var isLimited: Bool { maximumRecords < .max || maximumBytes < .max }

    /// Whether a visitor's session may not grow, or soon may not, where this much is in use.
    func isTight(bytes: Int) -> Bool { bytes > visitorBytes - visitorBytes / 16 }

    /// - Parameters:
    ///   - records: how many there are with the new session
    ///   - bytes: what they take with it
    /// - Throws: ``SessionError/Code/full`` where the new session has no place
    package func check(records: Int, bytes: Int, isVisitor: Bool) throws(SessionError) {
        if records > (isVisitor ? visitorRecords : maximumRecords) {
            throw full("\(maximumRecords) sessions", isVisitor && visitorRecords < maximumRecords, "maximumRecords")
        }
        try check(bytes: bytes, isVisitor: isVisitor)
    }

    /// - Parameter bytes: what all sessions take once one has grown
    /// - Throws: ``SessionError/Code/full`` where it may not grow
    package func check(bytes: Int, isVisitor: Bool) throws(SessionError) {
        guard bytes > (isVisitor ? visitorBytes : maximumBytes) else { return }
        throw full("\(maximumBytes) bytes of sessions", isVisitor && visitorBytes < maximumBytes, "maximumBytes")
    }

    private func full(_ what: String, _ isReserved: Bool, _ setting: String) -> SessionError {
        let part = isReserved ? ", but for what is reserved for signed-in users" : ""
        return SessionError(.full, "\(store) holds \(what), its limit\(part); raise \(setting)\(remedy)")
    }
}

extension SessionChanges {
    /// Whether the session may be larger afterwards.
    package var sets: Bool { end == nil && attributes.values.contains { $0 != .remove } }

    /// By how many bytes a record would grow, and whether it is a visitor's then; `nil` where it would refuse the changes.
    package func growth(of record: SessionRecord, at now: Timestamp) -> (bytes: Int, isVisitor: Bool)? {
        var changed = record
        let unlimited = SessionLimits(attributeBytes: .max, sessionBytes: .max, attributeCount: .max)
        guard case .committed = apply(to: &changed, at: now, limits: unlimited) else { return nil }
        return (changed.attributes.byteCount - record.attributes.byteCount, changed.principal == nil)
    }
}
