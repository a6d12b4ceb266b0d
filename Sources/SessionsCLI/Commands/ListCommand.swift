import ArgumentParser
import Sessions

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists live sessions: a user's, or page by page all of a store.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption
    @Option(name: [.short, .long], help: "Only the sessions of this user.")
    var principal: String?
    @Flag(help: "Of a user, also the sessions that ended lately: explain says why.")
    var ended = false
    @Option(help: "How many sessions a page has, 1 to 1000.")
    var limit = 25
    @Option(help: "Go on after a page, with what it printed at its end.")
    var after: String?

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is \(limit); it takes 1 to 1000") }
        if ended, principal == nil {
            throw ValidationError("--ended takes --principal: a store lists only its live sessions")
        }
        if principal != nil, after != nil {
            throw ValidationError("--after goes on with a store's pages; a user's sessions are all on one")
        }
    }

    struct Report: Encodable {
        let sessions: [SessionReport]
        let next: String?
    }

    func run() async throws {
        try await options.withStore { store in
            let (records, unreadable, next) = try await find(in: store)
            let now = Timestamp.now
            options.output.print(Report(sessions: records.map { SessionReport($0, at: now) }, next: next)) {
                // Where there is a next page, this one is full.
                if records.isEmpty { return emptyText }
                return SessionTable(records, at: now).text
                    + (next.map { "\n\nThere may be more: add --after '\($0)'" } ?? "")
            }
            options.output.warn(ofUnreadable: unreadable)
        }
    }

    /// Sessions of a user, all of them, or a page, the newest of it first; and what of them can't be read.
    private func find(
        in store: any SessionStore
    ) async throws -> ([SessionRecord], unreadable: [SessionID], next: String?) {
        if let principal {
            var records: [SessionRecord] = []
            let owner = SessionOwner(
                realm: try realm.parsed() ?? .default, principal: try Principal(option: principal))
            let unreadable = try await store.visit(.owner(owner), includesEnded: ended) { records += $0 }
            // What isn't explained any more only waits for a sweep.
            let now = Timestamp.now
            records.removeAll { $0.forgettableAt <= now }
            return (records.newestFirst, unreadable, nil)
        }
        return try await Self.page(try realm.scope(), limit: limit, after: after, in: store)
    }

    static func page(
        _ scope: SessionQuery.Scope, limit: Int, after: String?, in store: any SessionStore
    ) async throws -> ([SessionRecord], unreadable: [SessionID], next: String?) {
        var records: [SessionRecord] = []
        var unreadable: [SessionID] = []
        var cursor = after
        // A page of a store may be short, or empty, without being the last.
        repeat {
            let page = try await store.list(SessionQuery(scope, limit: limit - records.count, after: cursor), at: .now)
            let known = Set(records.map(\.id))
            records += page.records.filter { !known.contains($0.id) }
            for id in page.unreadable where !unreadable.contains(id) { unreadable.append(id) }
            cursor = page.next
        } while cursor != nil && records.count < limit
        return (records.newestFirst, unreadable, cursor)
    }

    private var emptyText: String {
        let place = realm.realm.map { " in the realm \($0)" } ?? ""
        let kind = ended ? "session that is live or ended lately" : "live session"
        return principal.map { "\(Wording.printable($0)) has no \(kind)\(place)." }
            ?? "There is no live session\(place)."
    }
}

extension [SessionRecord] {
    var newestFirst: Self { sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) } }
}
