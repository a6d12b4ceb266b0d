import ArgumentParser
import Sessions

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Prints the timeouts that sessions live by, and what they meet.",
        discussion: """
            A session carries the timeouts that its server gave it, so these are those of the live sessions in the store, \
            beside the defaults of this package. What else a server configures is not in its store: renewals and cookies \
            are shown as their defaults.
            """)

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption

    struct Report: Encodable {
        struct Row: Encodable {
            let sessions: String
            let count: Int?
            let idleSeconds: Int64?
            let absoluteSeconds: Int64
            let touchSeconds: Int64
            let retentionSeconds: Int64
            let nist: String?
        }
        let policies: [Row]
        let defaults: [String: String]
    }

    func run() async throws {
        var observed: [SessionPolicyReport: Int] = [:]
        try await options.withStore { store in
            let unreadable = try await store.visit(try realm.scope()) { page in
                for record in page { observed[SessionPolicyReport(record), default: 0] += 1 }
            }
            let found = observed.sorted { Self.rank($0.key, $0.value) > Self.rank($1.key, $1.value) }
            let policies =
                SessionPolicyReport.defaults.map { ($0, Int?.none) } + found.map { ($0.key, Optional($0.value)) }
            let report = Report(
                policies: policies.map { Self.row($0.0, $0.1) },
                defaults: Dictionary(uniqueKeysWithValues: Self.defaults))
            options.output.print(report) { Self.text(policies) }
            options.output.warn(ofUnreadable: unreadable)
        }
    }

    /// The policy of the most sessions comes first; those of as many always have the same order.
    private static func rank(
        _ policy: SessionPolicyReport, _ count: Int
    ) -> (Int, String, Duration, Duration, Duration, Duration) {
        (count, policy.name, policy.absolute, policy.idle ?? .zero, policy.touch, policy.retention)
    }

    private static func row(_ policy: SessionPolicyReport, _ count: Int?) -> Report.Row {
        .init(
            sessions: policy.name, count: count, idleSeconds: policy.idle.map { $0.milliseconds / 1000 },
            absoluteSeconds: policy.absolute.milliseconds / 1000, touchSeconds: policy.touch.milliseconds / 1000,
            retentionSeconds: policy.retention.milliseconds / 1000, nist: policy.nist)
    }

    private static func text(_ policies: [(SessionPolicyReport, Int?)]) -> String {
        var table = Table(
            headings: ["SESSIONS", "COUNT", "IDLE", "ABSOLUTE", "TOUCH", "KEPT AFTER", "NIST 800-63B-4"], numbers: [1])
        for (policy, count) in policies {
            table.rows.append([
                policy.name, count.map(Wording.number) ?? "default", policy.idle.map(Wording.exact) ?? "none",
                Wording.exact(policy.absolute), Wording.exact(policy.touch), Wording.exact(policy.retention),
                policy.nist ?? "no level",
            ])
        }
        var facts = Facts()
        for (name, value) in defaults { facts.add(name, value) }
        return table.text + """


            A session may stay unused for its idle timeout and a touch interval; a level counts both together.
            NIST: the highest level whose timeouts these keep. A level asks for authenticators too.
            ASVS 5.0: 7.3.1 asks for an idle timeout and 7.3.2 for an absolute one, as long as your risk analysis says (7.1.1).

            Defaults of what a store doesn't hold:
            \(facts.text(indent: 2))
            """
    }

    /// Settings of a server that no session carries.
    private static var defaults: [(String, String)] {
        let configuration = SessionConfiguration()
        let limits = SessionLimits()
        let cookies = configuration.cookies
        return [
            ("renewal", configuration.renewalInterval.map { "every \(Wording.exact($0))" } ?? "none"),
            ("overlap", "the old secret works \(Wording.exact(configuration.renewalOverlap)) more"),
            (
                "sessions of a user",
                configuration.maximumSessionsPerPrincipal.map { "at most \($0)" } ?? "any number"
            ),
            (
                "size",
                "\(Wording.bytes(limits.attributeBytes)) an attribute, \(Wording.bytes(limits.sessionBytes)) and "
                    + "\(limits.attributeCount) attributes a session"
            ),
            (
                "cookies", "\(cookies.visitorName) and \(cookies.signedInName): Secure, HttpOnly, SameSite=Lax, Path=/"
            ),
        ]
    }
}
