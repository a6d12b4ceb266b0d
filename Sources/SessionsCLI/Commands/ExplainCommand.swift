import ArgumentParser
import Sessions

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says why a session ended, or when it will.",
        discussion: "What is known of an ended session is kept for the explanation window: an hour by default.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption
    @Argument(help: "The session's ID.")
    var id: String

    struct Report: Encodable {
        let id: String
        let principal: String?
        let isLive: Bool
        let end: SessionReport.End?
        let explanation: String
    }

    func run() async throws {
        try await options.withStore { store in
            let record = try await Lookup(store: store, realm: try realm.parsed()).record(id)
            let now = Timestamp.now
            let end = record.end(at: now)
            let text = Self.text(record, end, at: now)
            let report = Report(
                id: "\(record.id)", principal: record.principal?.name, isLive: end == nil,
                end: end.map { .init($0) }, explanation: text)
            options.output.print(report) { text }
        }
    }

    private static func text(_ record: SessionRecord, _ end: SessionEnd?, at now: Timestamp) -> String {
        let name =
            record.principal.map { "The session of \(Wording.printable($0.name))" } ?? "The visitor's session"
        guard let end else {
            let latest = record.lifetime.absoluteDeadline
            let idle = record.idleDeadline.map { min($0, latest) }
            return "\(name) is live. "
                + (idle.map { "Unless it is used, it ends \(Wording.distance($0, from: now)). " } ?? "")
                + "It ends \(Wording.distance(latest, from: now)) at the latest (\(Wording.date(latest)))."
        }
        return "\(name) ended \(Wording.distance(end.at, from: now)) (\(Wording.date(end.at))). "
            + Wording.reason(end, of: record)
    }
}
