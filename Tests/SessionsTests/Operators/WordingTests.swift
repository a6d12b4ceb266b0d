import Testing

@testable import Sessions

@Suite("Times, sizes and IDs, as operators read and write them", .timeLimit(.minutes(10)))
struct WordingTests {
    private static let now = Timestamp(milliseconds: 1_764_093_845_123)

    @Test(
        "A moment is told as its distance from now",
        arguments: [
            (4_999, "just now"), (-4_999, "just now"), (5_000, "in 5 s"), (-5_000, "5 s ago"), (119_999, "in 119 s"),
            (120_000, "in 2 min"), (-1_859_999, "30 min ago"), (7_199_999, "in 119 min"), (7_200_000, "in 2 h"),
            (43_199_000, "in 12 h"), (-172_799_000, "48 h ago"), (172_800_000, "in 2 d"), (1_209_660_000, "in 14 d"),
            (216_000_000, "in 3 d"), (215_999_000, "in 2 d"), (9_000_000, "in 3 h"), (8_999_000, "in 2 h"),
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
            (1_209_600_000, "14 d"), (7_384_005, "2 h 3 min 4 s 5 ms"),
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
        #expect([1536, 12_595, 19 * 1_048_576 + 734_003].map(Wording.bytes) == ["1.5 KiB", "12.2 KiB", "19.6 MiB"])
        #expect([0, 999, 1000, 1_234_567].map(Wording.number) == ["0", "999", "1,000", "1,234,567"])
        #expect(Wording.count(1, "session") == "1 session" && Wording.count(0, "session") == "0 sessions")
        #expect(Wording.count(2, "session") == "2 sessions" && Wording.number(-1_000) == "-1,000")
    }

    @Test("What an operator writes is an ID, the beginning of one, a token, or nothing of the kind")
    func ids() throws {
        let text = "00ff0000000000000000000000000abc"
        let id = try #require(SessionID(text))
        let token = String(repeating: "A", count: 64)
        for (written, meaning) in [
            (text, .id(id)), (text.uppercased(), .id(id)),
            (String(text.dropLast()), .beginning(String(text.dropLast()))),
            ("00FF", .beginning("00ff")), ("00f", .tooShort("00f")), ("0", .tooShort("0")),
            (token, .token(SessionID(Block16(0, 0)))), ("", .other), ("00fg", .other), ("09/:", .other),
            ("09af", .beginning("09af")), ("af@`", .other), (text + "0", .other),
        ] as [(String, SessionIDText)] {
            #expect(SessionIDText(written) == meaning, "\(written)")
        }
        #expect(SessionIDText(text).problem == nil && SessionIDText("00ff").problem == nil)
        #expect(
            SessionIDText("0").problem == "\"0\" is too little of an ID to look for; give 4 of its 32 digits or more")
        #expect(SessionIDText(token).problem?.contains(token) == false)
        #expect(SessionIDText("x").problem == "this is no session ID, which is 32 hexadecimal digits")
        #expect(SessionIDText.ambiguity(of: "00ff", count: 0).contains("no live session"))
        #expect(SessionIDText.ambiguity(of: "00ff", count: 1).hasSuffix("it could be this"))
        #expect(SessionIDText.ambiguity(of: "00ff", count: 2).hasSuffix("it could be one of these"))
    }

    @Test("Why a session ended is a sentence of its own for each reason, and for either timeout")
    func reasons() {
        let last = Timestamp.arrival + .hours(12)
        let record = SessionRecord.sample(absoluteDeadline: last)
        for (reason, at, sentence) in [
            (.signedOut, .arrival, "The user signed out."),
            (.endedByUser, .arrival, "The user ended it from another session."),
            (.endedByOperator, .arrival, "An operator ended it."),
            (.limit, .arrival, "The user had more sessions than the limit allows, and this one had to go."),
            (.suspectedTheft, .arrival, "An old secret came back after its overlap, so two clients held its token."),
            (.otherClient, .arrival, "Its token came in a URL from another client than its own."),
            (.handedOver, .arrival, "A code from a URL was changed for another session, which goes on."),
            (.expired, last - .milliseconds(1), "It was not used for its idle timeout of 30 min."),
            (.expired, last, "It reached the end of its absolute timeout."),
            (.init(rawValue: "moved"), .arrival, "The application ended it: \"moved\"."),
            (.init(rawValue: "\u{1b}[2J"), .arrival, "The application ended it: \"\\u{1b}[2J\"."),
        ] as [(SessionEnd.Reason, Timestamp, String)] {
            #expect(Wording.reason(SessionEnd(reason: reason, at: at), of: record) == sentence)
        }
    }

    @Test("What could move the cursor or turn a line around is told by its number, and all else as it is")
    func printable() {
        #expect(Wording.printable("zoë ~\u{7f}\u{1b}[2J") == "zoë ~\\u{7f}\\u{1b}[2J")
        #expect(Wording.printable("a\u{202e}b\u{2028}\u{2029}\0🦊") == "a\\u{202e}b\\u{2028}\\u{2029}\\u{0}🦊")
    }

    @Test("A session is its user's by name, without what could turn the line around, or a visitor's")
    func owners() throws {
        let ada = try Principal("ada\u{202e}")
        #expect(Wording.owner(nil) == "(visitor)" && Wording.owner(ada) == "ada\\u{202e}")
    }

    @Test("In a query what RFC 3986 leaves unreserved stays as it is, and every other byte is escaped")
    func queries() {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        for byte in UInt8(0)...0x7f {
            let text = String(UnicodeScalar(byte)), digits = String(byte, radix: 16, uppercase: true)
            let escaped = "%" + (digits.count == 1 ? "0" : "") + digits
            #expect(text.escapedForQuery() == (unreserved.contains(byte) ? text : escaped))
        }
        #expect("é/".escapedForQuery() == "%C3%A9%2F" && "é/".escapedForQuery(keepsSlashes: true) == "%C3%A9/")
    }
}
