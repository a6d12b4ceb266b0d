import Sessions
import StoreSupport
import Testing

@testable import SessionsRedis

/// What one release has written the next one must find, and what a page ended with must be understood.
@Suite(.timeLimit(.minutes(10))) struct KeyTests {
    @Test("Every key has the name that it always had")
    func names() throws {
        let keys = Keys(prefix: "shop")
        func name(_ key: [UInt8]) -> String { String(decoding: key, as: UTF8.self) }
        let id = SessionID(Block16(0x1234 << 48, 0xfe))
        #expect(keys.shard(of: id) == 72)
        #expect(name(keys.session(id)) == "shop:{72}:123400000000000000000000000000fe")
        #expect(name(keys.due(72)) == "shop:{72}:due" && name(keys.unreadable(1023)) == "shop:{1023}:unreadable")
        #expect(keys.shard(of: SessionID(Block16(.max, 0))) == 1023 && keys.shard(of: SessionID(Block16(0, 0))) == 0)
        #expect(keys.shard(of: SessionID(Block16(0xabc << 52, 0))) == 0xabc >> 2)
        let ada = try owner("ada", in: Realm("shop")), other = try owner("é")
        #expect(name(keys.sessions(of: ada)) == "shop:{8}:of:shop:ada")
        #expect(name(keys.watermark(of: ada)) == "shop:{8}:after:shop:ada")
        #expect(name(keys.owners(keys.shard(of: ada))) == "shop:{8}:owners")
        #expect(name(keys.sessions(of: other)) == "shop:{53}:of:default:é")
    }

    @Test("An entry of an owner's index is read as it was written, and sorts by its moment, before 1970 too")
    func entries() throws {
        let id = SessionID(Block16(1, 2))
        let moments = [-5, -1, 0, 1, 1_700_000_000_000].map { Timestamp(milliseconds: $0) }
        let bytes = moments.map { Enrolment(at: $0, id: id).bytes }
        #expect(bytes.allSatisfy { $0.count == 24 })
        for (earlier, later) in zip(bytes, bytes.dropFirst()) { #expect(earlier.lexicographicallyPrecedes(later)) }
        for (moment, bytes) in zip(moments, bytes) {
            let entry = try #require(Enrolment(bytes))
            #expect(entry.at == moment && entry.id == id)
            let again = try #require(Enrolment(hex: entry.hex))
            #expect(again.at == moment && again.id == id && entry.hex.count == 48)
        }
        #expect(Enrolment(bytes[0].dropLast()) == nil && Enrolment(bytes[0] + [0]) == nil)
        #expect(Enrolment(hex: "0") == nil && Enrolment(hex: String(repeating: "x", count: 48)) == nil)
    }

    @Test(
        "The cursor of a listing is read as it was written",
        arguments: ["0.0", "1023.18446744073709551615", "7.5.0.ID"])
    func places(_ text: String) throws {
        let text = text.replacing("ID", with: "\(SessionID(Block16(1, 2)))")
        let place = try #require(ScanPlace(text))
        #expect(place.description == text)
        #expect(ScanPlace(nil)?.description == "0.0")
    }

    @Test(
        "What is no cursor of a listing is refused",
        arguments: [
            "", "0", "0.", ".0", "0.x", "x.0", "-1.0", "1024.0", "0.-1", "1..0", "1.0.", "1.0.0", "1.0.0.x", "1.0..ID",
            "1.0.x.ID", "1.0.0.ID.0", "0.18446744073709551616",
        ])
    func noPlaces(_ text: String) {
        #expect(ScanPlace(text.replacing("ID", with: "\(SessionID(Block16(1, 2)))")) == nil)
    }
}
