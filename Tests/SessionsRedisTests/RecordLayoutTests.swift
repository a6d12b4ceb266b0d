import Sessions
import SessionsRedisClient
import StoreSupport
import Testing

@testable import SessionsRedis

/// Sessions outlive releases: what one release has written, the next one must read.
@Suite(.timeLimit(.minutes(10))) struct RecordLayoutTests {
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// One with every field.
    private func full() throws -> SessionRecord {
        var session = record(
            SessionID(Block16(1, 2)), realm: try Realm("shop"), principal: try Principal("ada"),
            attributes: ["a": "1", "é": "{}"], at: start)
        session.revision = 7
        session.generation = 3
        session.authentications = [.init(.password, at: start), .init(.oneTimePassword, at: start + .seconds(5))]
        session.previous = .init(
            digest: digest(5), nonce: RenewalNonce(Block16(6, 7)), successorSeenAt: start + .seconds(1))
        session.superseded = .init(familyDigest: digest(8), at: start + .seconds(2), revision: 4)
        session.end = SessionEnd(reason: .signedOut, at: start + .seconds(3))
        return session
    }

    private func read(_ fields: [(name: [UInt8], value: [UInt8])]) throws(SessionError) -> SessionRecord? {
        try RecordReader(id: SessionID(Block16(1, 2)))
            .session(fields.flatMap { [RedisReply.bytes($0.name[...]), .bytes($0.value[...])] })?.record
    }

    private func bigEndian(_ numbers: Int64...) -> [UInt8] {
        numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
    }

    @Test("Every field stands where it always stood")
    func theLayoutStays() throws {
        let session = try full()
        let time = start.milliseconds
        func text(_ text: String) -> [UInt8] { Array(text.utf8) }
        let expected: [(String, [UInt8])] = [
            ("h", bigEndian(7, 3, time, 9)),
            ("l", bigEndian(1_800_000, 60_000, time + 28_800_000, 3_600_000) + [0]),
            ("s", session.secretDigest.block.bytes + bigEndian(time)),
            ("f", session.familyDigest.block.bytes + bigEndian(time) + text("c")),
            ("p", digest(5).block.bytes + bigEndian(6, 7, time + 1000)),
            ("o", digest(8).block.bytes + bigEndian(time + 2000, 4)),
            ("u", bigEndian(time) + text("ada")),
            ("a", text("pwd@1700000000000 otp@1700000005000")),
            ("r", text("shop")),
            ("e", bigEndian(time + 3000) + text(SessionEnd.Reason.signedOut.rawValue)),
            (".a", bigEndian(1) + text("1")), (".é", bigEndian(1) + text("{}")),
        ]
        let written = RecordCoding.fields(of: session, stamp: 9)
        #expect(written.map { String(decoding: $0.name, as: UTF8.self) } == expected.map(\.0))
        for (field, (name, value)) in zip(written, expected) { #expect(field.value == value, "\(name)") }
    }

    @Test("A record is read as it was written, with every field or with none that may be missing")
    func recordsAreReadBack() throws {
        var visitor = record(SessionID(Block16(1, 2)), at: start)
        visitor.lifetime = SessionLifetime(
            idleTimeout: nil, touchInterval: .minutes(1), absoluteDeadline: start + .hours(8), retention: .hours(1),
            isPersistent: true)
        var renewed = visitor
        renewed.previous = .init(digest: digest(5), nonce: RenewalNonce(Block16(6, 7)))
        var (atOnce, soon) = (visitor, visitor)
        atOnce.lifetime.idleTimeout = .zero
        soon.lifetime.idleTimeout = .milliseconds(1)
        for session in [try full(), visitor, renewed, atOnce, soon] {
            #expect(try read(RecordCoding.fields(of: session, stamp: 9)).map(fields) == fields(session))
        }
        #expect(RecordCoding.fields(of: visitor, stamp: 9).count == RecordLayout.required.count)
        #expect(try read([]) == nil)
    }

    @Test(
        "A field that is a byte too short or too long, or missing, is named as corrupt",
        arguments: ["h", "l", "s", "f", "p", "o"])
    func wrongFieldsAreNamed(_ name: String) throws {
        let written = RecordCoding.fields(of: try full(), stamp: 9)
        let index = try #require(written.firstIndex { $0.name == Array(name.utf8) })
        let value = written[index].value
        for wrong in [Array(value.dropLast()), value + [0], []] {
            var fields = written
            fields[index].value = wrong
            let error = try #require(throws: SessionError.self) { try read(fields) }
            #expect(error.code == .corrupt && error.message.contains("\"\(name)\""), "\(wrong.count) bytes: \(error)")
        }
        guard ["h", "l", "s", "f"].contains(name) else { return }
        var fields = written
        fields.remove(at: index)
        let error = try #require(throws: SessionError.self) { try read(fields) }
        #expect(error.code == .corrupt && error.message.contains("lacks the field \"\(name)\""))
    }

    @Test(
        "A text that can't be what its field holds is corrupt, and its value isn't shown",
        arguments: [
            ("u", Array("1234567".utf8)), ("u", Array("12345678a\u{1}b".utf8)), ("r", Array("sh op".utf8)),
            ("a", Array("pwd@x".utf8)), ("e", Array("1234567".utf8)), (".a", Array("1234567".utf8)),
            (".a", Array("12345678".utf8) + [0xff]), ("f", [UInt8](repeating: 0x78, count: 41)),
        ])
    func wrongTextsAreCorrupt(_ name: String, _ value: [UInt8]) throws {
        var written = RecordCoding.fields(of: try full(), stamp: 9)
        let index = try #require(written.firstIndex { $0.name == Array(name.utf8) })
        written[index].value = value
        let error = try #require(throws: SessionError.self) { try read(written) }
        #expect(error.code == .corrupt && error.message.hasSuffix("its field \"\(name.prefix(1))\" has the wrong form"))
    }
}
