import Sessions
import StoreSupport
import Testing

@testable import SessionsCLI

@Suite("Command line: words", .timeLimit(.minutes(10)))
struct WordingTests {
    private static let now = Timestamp(milliseconds: 1_764_093_845_123)

    @Test(
        "What the parser of arguments repeats has no password in it",
        arguments: [
            ("a redis://u:hunter2@h/1 b", "a redis://…@h/1 b"), ("'hunter2@h'", "…@h'"), ("no mail", "no mail"),
            ("--store=redis://:hunter2@x@h\nnext", "--store=redis://…@h\nnext"),
            ("a 'redis://u:hunter2 or 3@h' b", "a 'redis://…@h' b"), ("@h x://@h", "@h x://@h"),
            ("a\n\n b  c\n", "a\n\n b  c\n"),
            ("me@h redis://u:hunter2@h redis://u:hunter3@i", "…@h redis://…@i"),
        ])
    func redaction(_ text: String, _ redacted: String) {
        #expect(Redaction.withoutPasswords(text) == redacted)
    }

    @Test(
        "A policy meets the highest level whose timeouts it keeps, with the touch interval counted",
        arguments: [
            (14, 1, 12 * 60, "AAL3"), (15, 1, 12 * 60, "AAL2"), (14, 1, 12 * 60 + 1, "AAL2"), (59, 1, 24 * 60, "AAL2"),
            (60, 1, 24 * 60, "AAL1"), (59, 1, 24 * 60 + 1, "AAL1"), (nil, 1, 30 * 24 * 60, "AAL1"),
            (nil, 1, 30 * 24 * 60 + 1, nil),
        ] as [(Int?, Int, Int, String?)])
    func levels(_ idle: Int?, _ touch: Int, _ absolute: Int, _ level: String?) {
        let policy = SessionPolicyReport(
            name: "users", idle: idle.map { .minutes($0) }, absolute: .minutes(absolute), touch: .minutes(touch),
            retention: .zero)
        #expect(policy.nist == level)
    }

    @Test(
        "The absolute timeout of a session is told to the minute, counted from the sign-in",
        arguments: [(-30_001, 479), (-30_000, 480), (0, 480), (29_999, 480), (30_000, 481)])
    func lengths(_ milliseconds: Int, _ minutes: Int) throws {
        var made = record(freshID(), principal: try Principal("ada"), at: Self.now)
        made.authenticatedAt = Self.now - .hours(1)
        made.lifetime.absoluteDeadline = Self.now + .hours(7) + .milliseconds(milliseconds)
        let policy = SessionPolicyReport(made)
        #expect(policy.absolute == .minutes(minutes) && policy.name == "users" && policy.idle == .minutes(30))
    }
}
