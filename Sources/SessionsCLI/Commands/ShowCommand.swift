import ArgumentParser
import Sessions

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a session: its times, its user, its attributes by name and size.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption
    @Argument(help: "The session's ID.")
    var id: String

    func run() async throws {
        try await options.withStore { store in
            let record = try await Lookup(store: store, realm: try realm.parsed()).record(id)
            let now = Timestamp.now
            options.output.print(SessionReport(record, at: now)) { text(record, at: now) }
        }
    }

    private func text(_ record: SessionRecord, at now: Timestamp) -> String {
        func when(_ moment: Timestamp) -> String {
            "\(Wording.date(moment)), \(Wording.distance(moment, from: now))"
        }
        let end = record.end(at: now)
        var facts = Facts()
        facts.add("user", Wording.owner(record.principal))
        facts.add("realm", "\(record.realm)")
        facts.add("state", end == nil ? "live" : "ended")
        if let end {
            facts.add("ended", when(end.at))
            facts.add("because", Wording.reason(end, of: record))
        }
        facts.add("created", when(record.createdAt))
        facts.add("last used", when(record.lastUsedAt))
        if end == nil {
            facts.add("ends", record.idleDeadline.map { "\(when($0)), unless it is used" })
            facts.add("ends at the latest", when(record.lifetime.absoluteDeadline))
        }
        facts.add("authenticated", record.authenticatedAt.map(when))
        for step in record.authentications { facts.add("  by \(step.method)", when(step.at)) }
        facts.add("generation", "\(record.generation)")
        facts.add(
            "token",
            (record.carrier == .cookie ? "in a cookie" : "in a \(record.carrier == .url ? "URL" : "header field")")
                + (record.lifetime.isPersistent ? ", kept when the browser closes" : ""))
        if end == nil {
            facts.add(
                "attributes",
                record.attributes.isEmpty
                    ? "none" : "\(record.attributes.count), \(Wording.bytes(record.attributes.byteCount)) in all")
            for attribute in record.attributes {
                facts.add("  " + Wording.printable(attribute.name), Wording.bytes(attribute.json.utf8.count))
            }
        }
        return "Session \(record.id)\n" + facts.text(indent: 2)
    }
}
