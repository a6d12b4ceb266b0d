import ArgumentParser
import Sessions

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Counts live sessions: users, visitors, ages, sizes.",
        discussion: "It reads every live session, so on a large store it takes its time.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption

    struct Report: Encodable {
        var live = 0
        var signedIn = 0
        var users = 0
        var visitors = 0
        var persistent = 0
        var createdInTheLastHour = 0
        var createdInTheLastDay = 0
        var usedInTheLastFiveMinutes = 0
        var usedInTheLastHour = 0
        var attributeBytes = 0
        var largestSessionBytes = 0
        var realms: [String: Int] = [:]
    }

    func run() async throws {
        try await options.withStore { store in
            var report = Report()
            var users: Set<SessionOwner> = []
            let now = Timestamp.now
            let unreadable = try await store.visit(try realm.scope()) { page in
                for record in page {
                    report.add(record, at: now)
                    if let owner = record.owner { users.insert(owner) }
                }
            }
            report.users = users.count
            options.output.print(report) { Self.text(report) }
            options.output.warn(ofUnreadable: unreadable)
        }
    }

    private static func text(_ report: Report) -> String {
        guard report.live > 0 else { return "There is no live session." }
        func number(_ count: Int) -> String { Wording.number(count) }
        var facts = Facts()
        facts.add("live", Wording.count(report.live, "session"))
        facts.add(
            "signed in",
            number(report.signedIn) + (report.users == 0 ? "" : ", of \(Wording.count(report.users, "user"))"))
        facts.add("visitors", number(report.visitors))
        facts.add("remembered", report.persistent == 0 ? nil : number(report.persistent))
        facts.add(
            "created",
            "\(number(report.createdInTheLastHour)) in the last hour, \(number(report.createdInTheLastDay)) in the last day"
        )
        facts.add(
            "used",
            "\(number(report.usedInTheLastFiveMinutes)) in the last 5 min, \(number(report.usedInTheLastHour)) in the last hour"
        )
        facts.add(
            "attributes",
            "\(Wording.bytes(report.attributeBytes)); \(Wording.bytes(report.attributeBytes / report.live)) a session, "
                + "\(Wording.bytes(report.largestSessionBytes)) the largest")
        if report.realms.count > 1 || report.realms["default"] == nil {
            for (realm, count) in report.realms.sorted(by: { $0.key < $1.key }) {
                facts.add("realm \(realm)", Wording.count(count, "session"))
            }
        }
        return facts.text()
    }
}

extension StatsCommand.Report {
    fileprivate mutating func add(_ record: SessionRecord, at now: Timestamp) {
        live += 1
        if record.principal == nil { visitors += 1 } else { signedIn += 1 }
        if record.lifetime.isPersistent { persistent += 1 }
        if record.createdAt > now - .hours(1) { createdInTheLastHour += 1 }
        if record.createdAt > now - .hours(24) { createdInTheLastDay += 1 }
        if record.lastUsedAt > now - .minutes(5) { usedInTheLastFiveMinutes += 1 }
        if record.lastUsedAt > now - .hours(1) { usedInTheLastHour += 1 }
        let bytes = record.attributes.byteCount
        attributeBytes += bytes
        largestSessionBytes = max(largestSessionBytes, bytes)
        realms["\(record.realm)", default: 0] += 1
    }
}
