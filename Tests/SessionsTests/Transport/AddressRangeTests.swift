import Testing

@testable import Sessions

@Suite("Blocks of addresses", .timeLimit(.minutes(10)))
struct AddressRangeTests {
    @Test(
        "A block holds its first and last address, and neither the one before nor the one after",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.255", "192.0.2.127", "192.0.3.0"),
            ("192.0.2.6/31", "192.0.2.6", "192.0.2.7", "192.0.2.5", "192.0.2.8"),
            ("192.0.2.6/32", "192.0.2.6", "192.0.2.6", "192.0.2.5", "192.0.2.7"),
            ("192.0.2.6", "192.0.2.6", "192.0.2.6", "192.0.2.5", "192.0.2.7"),
            ("128.0.0.0/1", "128.0.0.0", "255.255.255.255", "127.255.255.255", "::1:0:0:0"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", "::fffe:ffff:ffff", "::1:0:0:0"),
            (
                "8000::/1", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"
            ),
            (
                "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"
            ),
            (
                "2001:db8:0:2::/63", "2001:db8:0:2::", "2001:db8:0:3:ffff:ffff:ffff:ffff",
                "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:4::"
            ),
            (
                "2001:db8:0:2::/64", "2001:db8:0:2::", "2001:db8:0:2:ffff:ffff:ffff:ffff",
                "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:3::"
            ),
            (
                "2001:db8::/65", "2001:db8::", "2001:db8::7fff:ffff:ffff:ffff",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::8000:0:0:0"
            ),
            ("2001:db8::2/127", "2001:db8::2", "2001:db8::3", "2001:db8::1", "2001:db8::4"),
            ("2001:db8::2/128", "2001:db8::2", "2001:db8::2", "2001:db8::1", "2001:db8::3"),
            ("2001:db8::2", "2001:db8::2", "2001:db8::2", "2001:db8::1", "2001:db8::3"),
        ])
    func edges(_ text: String, _ first: String, _ last: String, _ before: String, _ after: String) throws {
        let range = try AddressRange(text)
        for (address, isInside) in [(first, true), (last, true), (before, false), (after, false)] {
            #expect(range.contains(.address(try #require(NetworkAddress(address)))) == isInside, "\(address)")
        }
    }

    @Test("::/0 holds every address, and the bits behind a prefix don't matter")
    func everything() throws {
        for address in ["::", "0.0.0.0", "255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"] {
            #expect(try AddressRange("::/0").contains(.address(try #require(NetworkAddress(address)))))
        }
        #expect(try AddressRange("10.1.2.3/8").contains(.address(try #require(NetworkAddress("10.200.0.1")))))
        #expect(try AddressRange("::ffff:10.0.0.0/104").contains(.address(try #require(NetworkAddress("10.200.0.1")))))
    }

    @Test(
        "Two ranges are one where they cover the same addresses, whatever their texts",
        arguments: [
            ("10.0.0.0/8", "10.1.2.3/8", true), ("10.0.0.0/8", "::ffff:10.0.0.0/104", true),
            ("192.0.2.6", "192.0.2.6/32", true), ("2001:db8::/32", "2001:0db8:1::/32", true),
            ("2001:db8::/65", "2001:db8::1/65", true), ("::/0", "2001:db8::/0", true),
            ("10.0.0.0/8", "10.0.0.0/9", false), ("10.0.0.0/8", "11.0.0.0/8", false),
            ("2001:db8::/65", "2001:db8::8000:0:0:0/65", false),
        ])
    func same(_ left: String, _ right: String, _ isSame: Bool) throws {
        let (left, right) = (try AddressRange(left), try AddressRange(right))
        #expect((left == right) == isSame && Set([left, right]).count == (isSame ? 1 : 2))
        #expect(left != .unixSockets && !left.isWithin(.unixSockets) && !AddressRange.unixSockets.isWithin(left))
        #expect(AddressRange.unixSockets.isWithin(.unixSockets))
    }

    @Test(
        "What is no address and no block is refused, with its text",
        arguments: [
            "", "/", "a", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "::/+64", "10.0.0.0/8/8",
            "10.0.0/8", "10.0.0.0/x", "::/129",
            "::/-1", "::1/", "localhost", "10.0.0.0 /8", "10.0.0.256",
        ])
    func refused(_ text: String) {
        let error = #expect(throws: SessionError.self) { try AddressRange(text) }
        #expect(error?.code == .configuration && error?.message.contains("\"\(text)\"") == true)
    }

    @Test("A block of all prefix lengths from 0 to 32, or 128, can be made")
    func lengths() throws {
        for length in [0, 32] { #expect(throws: Never.self) { try AddressRange("10.0.0.0/\(length)") } }
        for length in [0, 128] { #expect(throws: Never.self) { try AddressRange("2001:db8::/\(length)") } }
    }
}
