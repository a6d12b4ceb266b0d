import Sessions
import StoreSupport
import Testing

@testable import SessionsCLI

@Suite("Command line: words", .timeLimit(.minutes(10)))
struct WordingTests {
    private static let now = Timestamp(milliseconds: 1_764_093_845_123)

    @Test(
        "A moment is told as its distance from now",
        arguments: [
            (4_999, "just now"), (-4_999, "just now"), (5_000, "in 5 s"), (-5_000, "5 s ago"), (119_999, "in 119 s"),
            (120_000, "in 2 min"), (-1_859_999, "30 min ago"), (7_199_999, "in 119 min"), (7_200_000, "in 2 h"),
            (43_199_000, "in 12 h"), (-172_799_000, "48 h ago"), (172_800_000, "in 2 d"), (1_209_660_000, "in 14 d"),
        ])
    func distance(_ milliseconds: Int, _ text: String) {
        #expect(Wording.distance(Self.now + .milliseconds(milliseconds), from: Self.now) == text)
    }

    @Test("The ends of time are told without a crash")
    func farMoments() {
        for moment in [Timestamp(milliseconds: .max), Timestamp(milliseconds: .min)] {
            #expect(Wording.distance(moment, from: Self.now).contains(" d"))
        }
        #expect(Wording.date(Self.now) == "2025-11-25 18:04:05 UTC")
    }

    @Test(
        "A setting is told to the millisecond",
        arguments: [
            (0, "0 s"), (1, "1 ms"), (90_000, "1 min 30 s"), (1_800_000, "30 min"), (3_605_000, "1 h 5 s"),
            (1_209_600_000, "14 d"),
        ])
    func exact(_ milliseconds: Int, _ text: String) {
        #expect(Wording.exact(.milliseconds(milliseconds)) == text)
    }

    @Test("Sizes and counts are told in the unit that fits")
    func numbers() {
        #expect(
            [0, 1023, 1024, 1_048_575, 1_048_576].map(Wording.bytes) == [
                "0 B", "1023 B", "1.0 KiB", "1023.9 KiB", "1.0 MiB",
            ])
        #expect([0, 999, 1000, 1_234_567].map(Wording.number) == ["0", "999", "1,000", "1,234,567"])
        #expect(Wording.count(1, "session") == "1 session" && Wording.count(0, "session") == "0 sessions")
    }

    @Test(
        "What the parser of arguments repeats has no password in it",
        arguments: [
            ("a redis://u:hunter2@h/1 b", "a redis://…@h/1 b"), ("'hunter2@h'", "…@h'"), ("no mail", "no mail"),
            ("--store=redis://:hunter2@x@h\nnext", "--store=redis://…@h\nnext"),
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
