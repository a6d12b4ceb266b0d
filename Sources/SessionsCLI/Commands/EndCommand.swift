import ArgumentParser
import Sessions

struct EndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Ends sessions: some by their IDs, all of a user, or all.",
        discussion: """
            It asks first, unless --yes is there. The client's next request finds its session ended, and is told that an \
            operator ended it. A sign-in of the user that is under way is ended too.
            """)

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption
    @Argument(help: "The IDs of the sessions.")
    var ids: [String] = []
    @Option(name: [.short, .long], help: "Every session of this user.")
    var principal: String?
    @Option(help: "With --principal: the ID of a session that goes on.")
    var except: String?
    @Flag(help: "Every session of the store, or of --realm.")
    var all = false
    @Flag(name: [.short, .long], help: "Don't ask.")
    var yes = false

    func validate() throws {
        guard [!ids.isEmpty, principal != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("say what to end: IDs, --principal NAME or --all, and one of these alone")
        }
        if except != nil, principal == nil { throw ValidationError("--except needs --principal") }
    }

    struct Report: Encodable {
        let ended: Int
        /// The IDs of sessions that were over already.
        let overAlready: [String]
    }

    func run() async throws {
        try await options.withStore { store in
            if let principal {
                try await endAll(of: try Principal(option: principal), in: store)
            } else if all {
                try await endAll(in: store)
            } else {
                try await end(ids, in: store)
            }
        }
    }

    private func end(_ ids: [String], in store: any SessionStore) async throws {
        let lookup = Lookup(store: store, realm: try realm.parsed())
        var records: [SessionRecord] = []
        for id in ids {
            let record = try await lookup.record(id)
            if !records.contains(where: { $0.id == record.id }) { records.append(record) }
        }
        let now = Timestamp.now
        if let only = records.first, records.count == 1, let end = only.end(at: now) {
            throw Failure(
                .noSession,
                "session \(only.id) was over already: it ended \(Wording.distance(end.at, from: now)). "
                    + Wording.reason(end, of: only))
        }
        try ask("End \(records.count == 1 ? "this session" : "these sessions")?", showing: records)
        try finish(try await Self.end(records, in: store))
    }

    /// Ends sessions one after the other; an error names how many ended before it.
    static func end(_ records: [SessionRecord], in store: any SessionStore) async throws -> Report {
        var over: [String] = []
        for (index, record) in records.enumerated() {
            let manager = try SessionManager(store: store, realm: record.realm)
            do {
                if try await !manager.end(record.id) { over.append("\(record.id)") }
            } catch {
                let place = "at \(record.id), after \(Wording.count(index - over.count, "session")) had ended: "
                throw Failure(error, at: records.count == 1 ? "" : place)
            }
        }
        return Report(ended: records.count - over.count, overAlready: over)
    }

    private func endAll(of principal: Principal, in store: any SessionStore) async throws {
        let realm = try realm.parsed() ?? .default
        let kept = try await keptSession(of: principal, in: realm, store)
        let manager = try SessionManager(store: store, realm: realm)
        var records: [SessionRecord] = []
        let unreadable = try await store.visit(.owner(SessionOwner(realm: realm, principal: principal))) { page in
            records += page.filter { $0.id != kept }
        }
        let name = Wording.printable(principal.name)
        let others = kept == nil ? "" : " but \(kept.map { "\($0)" } ?? "")"
        try ask(
            "End all sessions of \(name) in the realm \(realm)\(others) "
                + "(\(Wording.number(records.count)) now)?",
            showing: records.newestFirst)
        let ended = try await manager.endAll(of: principal, except: kept)
        try finish(Report(ended: ended, overAlready: []), unreadable: unreadable)
    }

    private func keptSession(
        of principal: Principal, in realm: Realm, _ store: any SessionStore
    ) async throws -> SessionID? {
        guard let except else { return nil }
        let record = try await Lookup(store: store, realm: realm).record(except)
        guard record.principal == principal else {
            throw Failure(.usage, "--except: session \(record.id) is not one of \(Wording.printable(principal.name))")
        }
        return record.id
    }

    private func endAll(in store: any SessionStore) async throws {
        let scope = try realm.scope()
        var counts: [Realm: Int] = [:]
        let unreadable = try await store.visit(scope) { page in
            for record in page { counts[record.realm, default: 0] += 1 }
        }
        let total = counts.values.reduce(0, +)
        let realms = counts.sorted { $0.key.name < $1.key.name }.map { "\(Wording.number($0.value)) of \($0.key)" }
        try ask(
            "End every session, \(Wording.number(total)) in all"
                + (realms.isEmpty ? "" : " (\(realms.joined(separator: ", ")))") + "? All users are signed out.",
            showing: [])
        var ended = 0
        for realm in counts.keys { ended += try await SessionManager(store: store, realm: realm).endAll() }
        // A realm of which nothing can be read has not been gone through.
        await store.setAside(unreadable)
        try finish(Report(ended: ended, overAlready: []), unreadable: unreadable)
    }

    private func ask(_ question: String, showing records: [SessionRecord]) throws {
        if yes { return }
        if !options.json, !records.isEmpty {
            Output.printError(SessionTable(Array(records.prefix(20)), at: .now).text)
            if records.count > 20 { Output.printError("and \(records.count - 20) more") }
        }
        try Prompt.confirm(question)
    }

    private func finish(_ report: Report, unreadable: [SessionID] = []) throws {
        options.output.print(report) {
            let over = report.overAlready.map { "\nSession \($0) was over already." }.joined()
            return
                (report.ended == 0
                ? "There was no session to end." : "Ended \(Wording.count(report.ended, "session")).") + over
        }
        if let failure = Failure(unreadable: unreadable, "left out", isSetAside: true) { throw failure }
        if report.ended == 0 || !report.overAlready.isEmpty { throw ExitCode(Failure.Status.noSession.rawValue) }
    }
}
