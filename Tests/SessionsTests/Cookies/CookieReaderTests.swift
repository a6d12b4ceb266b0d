import HTTPTypes
import Testing

@testable import Sessions

@Suite("The Cookie field, byte by byte", .timeLimit(.minutes(10))) struct CookieReaderTests {
    private let reader = CookieReader(visitorName: "__Host-Http-visitor", signedInName: "__Host-Http-id")
    private let token = String(repeating: "A", count: 64)

    private func read(_ values: [UInt8]...) throws(SessionError) -> Found {
        var fields = HTTPFields()
        for value in values { fields.append(HTTPField(name: .cookie, lenientValue: value)) }
        return Found(try reader.read(fields))
    }

    private func read(_ values: String...) throws(SessionError) -> Found {
        var fields = HTTPFields()
        for value in values { fields.append(HTTPField(name: .cookie, lenientValue: Array(value.utf8))) }
        return Found(try reader.read(fields))
    }

    /// What was found under each of the two names.
    private struct Found {
        let signedIn, visitor: PresentedToken.Value?

        init(_ tokens: [PresentedToken]) {
            signedIn = tokens.first { $0.place == .signedInCookie }?.value
            visitor = tokens.first { $0.place == .visitorCookie }?.value
        }
    }

    private func name(_ value: PresentedToken.Value?) -> String {
        switch value {
        case nil: "absent"
        case .token: "token"
        case .malformed: "malformed"
        case .ambiguous: "ambiguous"
        case .outranked: "outranked"
        }
    }

    @Test("CP-1, R-27: cookies read the same from one field, from many fields and from crumbs")
    func fields() throws {
        let pairs = ["a=1", "__Host-Http-id=\(token)", "b=2", "__Host-Http-visitor=\(token)"]
        for found in [
            try read(pairs.joined(separator: "; ")), try read(pairs[0], pairs[1], pairs[2], pairs[3]),
            try read(pairs[0] + ";" + pairs[1], "", pairs[2] + ";", ";" + pairs[3]),
        ] {
            #expect(name(found.signedIn) == "token" && name(found.visitor) == "token")
        }
        #expect(name(try read("__Host-Http-id=\(token)", "__Host-Http-id=x").signedIn) == "ambiguous")
    }

    @Test("CP-5, CP-8: no byte in the name or value of another cookie changes how ours is read", arguments: 0...255)
    func neighbours(_ byte: Int) throws {
        let byte = UInt8(byte)
        let own = Array("__Host-Http-id=\(token)".utf8), next = Array("; ".utf8)
        for neighbour: [UInt8] in [[byte], [byte, 0x3d, 0x76], [0x6e, 0x3d, byte], [0x6e, 0x3d, 0x78, byte, 0x79]] {
            #expect(name(try read(neighbour + next + own).signedIn) == "token")
            #expect(name(try read(own + next + neighbour).signedIn) == "token")
        }
    }

    @Test("CP-2, CP-3, CP-5: a byte more in our cookie's name or value makes it no token", arguments: 0...255)
    func own(_ byte: Int) throws {
        let byte = UInt8(byte)
        // NUL, CR and LF can't be in a field; they come as spaces.
        let isBlank = [0x20, 0x09, 0x00, 0x0a, 0x0d].contains(byte)
        let isBase64URL =
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        let ends = byte == UInt8(ascii: ";")
        let inValue = Array("__Host-Http-id=\(token.dropLast())".utf8) + [byte]
        #expect(name(try read(inValue).signedIn) == (isBase64URL ? "token" : "malformed"))
        let after = Array("__Host-Http-id=\(token)".utf8) + [byte]
        #expect(name(try read(after).signedIn) == (isBlank || ends ? "token" : "malformed"))
        let before = Array("__Host-Http-id=".utf8) + [byte] + Array(token.utf8)
        #expect(name(try read(before).signedIn) == (isBlank ? "token" : "malformed"))
        let inName = Array("__Host-Http-id".utf8) + [byte] + Array("=\(token)".utf8)
        #expect(
            name(try read(inName).signedIn)
                == (isBlank ? "token" : byte == UInt8(ascii: "=") ? "malformed" : "absent"))
        let beforeName = [byte] + Array("__Host-Http-id=\(token)".utf8)
        #expect(name(try read(beforeName).signedIn) == (isBlank || ends ? "token" : "absent"))
    }

    @Test(
        "CP-2, CP-3: of all bytes at every position of our cookie, those of a token alone make it one",
        arguments: 0...255)
    func everyPosition(_ byte: Int) throws {
        let byte = UInt8(byte)
        let own = Array("__Host-Http-id=\(token)".utf8)
        let start = own.count - token.utf8.count
        let isBlank = [0x20, 0x09, 0x00, 0x0a, 0x0d].contains(byte)
        let isBase64URL =
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        var surprises: [Int] = []
        for position in own.indices {
            var changed = own
            changed[position] = byte
            let expected =
                switch position {
                case _ where byte == own[position]: "token"
                // The pair has no name of ours any more, or no "=".
                case ..<start: "absent"
                case _ where isBase64URL: "token"
                default: "malformed"
                }
            if name(try read(changed).signedIn) != expected { surprises.append(position) }
            // One byte more, at the same place.
            var longer = own
            longer.insert(byte, at: position)
            let wider =
                switch position {
                case 0: isBlank || byte == UInt8(ascii: ";") ? "token" : "absent"
                case start - 1: isBlank ? "token" : byte == UInt8(ascii: "=") ? "malformed" : "absent"
                case ..<start: "absent"
                case start: isBlank ? "token" : "malformed"
                default: "malformed"
                }
            if name(try read(longer).signedIn) != wider { surprises.append(position) }
        }
        #expect(own.count == 79 && surprises == [])
    }

    @Test("CP-4: a pair without a name or without = is ignored")
    func nameless() throws {
        for text in ["", ";", "=", "__Host-Http-id", "=__Host-Http-id=\(token)", "; __Host-Http-id ;", "==\(token)"] {
            #expect(name(try read(text).signedIn) == "absent", "\(text)")
        }
        #expect(name(try read("__Host-Http-id=").signedIn) == "malformed")
    }

    @Test("CP-6: two different values of one name are ambiguous, however many come")
    func duplicates() throws {
        let (own, other) = ("__Host-Http-id=\(token)", "__Host-Http-id=" + String(repeating: "B", count: 64))
        for text in [
            "\(own); \(other)", "\(other); \(own)", "\(own); \(own); \(other)", "\(own); __Host-Http-id=",
            "__Host-Http-id=; \(own)",
        ] {
            #expect(name(try read(text).signedIn) == "ambiguous", "\(text)")
        }
        #expect(name(try read("\(own); \(own)").signedIn) == "token")
        let mixed = try read("\(own); __Host-Http-visitor=\(token)")
        #expect(name(mixed.signedIn) == "token" && name(mixed.visitor) == "token")
    }

    @Test("CP-7, R-14: all fields together may hold 32 KiB and 256 pairs, and not one more")
    func limits() throws {
        func isRefused(_ values: [String]) -> Bool {
            var fields = HTTPFields()
            for value in values { fields.append(HTTPField(name: .cookie, value: value)) }
            do {
                _ = try reader.read(fields)
                return false
            } catch {
                #expect(error.code == .cookieHeaderTooLarge)
                return true
            }
        }
        let size = CookieReader.maximumBytes
        #expect(!isRefused(["a=" + String(repeating: "x", count: size - 2)]))
        #expect(isRefused(["a=" + String(repeating: "x", count: size - 1)]))
        #expect(!isRefused([String(repeating: "x", count: size / 2), String(repeating: "y", count: size / 2)]))
        #expect(isRefused([String(repeating: "x", count: size / 2), String(repeating: "y", count: size / 2 + 1)]))
        let pairs = CookieReader.maximumPairs
        #expect(!isRefused([String(repeating: "a=;", count: pairs)]))
        #expect(isRefused([String(repeating: "a=;", count: pairs + 1)]))
        #expect(isRefused([String(repeating: ";", count: pairs + 1)]))
        #expect(!isRefused(Array(repeating: "a=1", count: pairs)))
        #expect(isRefused(Array(repeating: "a=1", count: pairs + 1)))
        #expect(isRefused([String(repeating: "a=;", count: 350_000)]))
    }

    @Test(
        "CP-7: a megabyte of cookies is refused unread, in one field or many; of short ones no more than 257 are read")
    func unread() {
        func refusal(_ values: [String]) -> String? {
            var fields = HTTPFields()
            for value in values { fields.append(HTTPField(name: .cookie, value: value)) }
            do {
                _ = try reader.read(fields)
                return nil
            } catch {
                return error.message
            }
        }
        // Which limit is named says how far the reader came: that of bytes is looked at before the first pair of a field.
        let bytes = "the Cookie header has over 32768 bytes, the limit"
        #expect(refusal([String(repeating: "a=;", count: 350_000)]) == bytes)
        #expect(refusal([String(repeating: ";", count: 1 << 20)]) == bytes)
        #expect(refusal([String(repeating: "=", count: 1 << 20)]) == bytes)
        #expect(refusal(["__Host-Http-id=" + String(repeating: "\"", count: 1 << 20)]) == bytes)
        #expect(refusal(Array(repeating: "a=" + String(repeating: "x", count: 1022), count: 1024)) == bytes)
        let pairs = "the Cookie header has over 256 cookies, the limit"
        #expect(refusal([String(repeating: ";", count: 32_768)]) == pairs)
        #expect(refusal(Array(repeating: ";", count: 32_768)) == pairs)
        #expect(refusal([String(repeating: "=", count: 32_768)]) == nil)
    }
}
