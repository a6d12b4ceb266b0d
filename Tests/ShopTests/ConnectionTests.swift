#if os(Linux)
    import Foundation
    import ShopDriver
    import Testing

    extension ShopTests {
        /// Clients that go away in the middle.
        @Suite("Connections", .timeLimit(.minutes(10))) struct ConnectionTests {
            private func descriptors(of shop: ShopProcess) throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/\(shop.processIdentifier)/fd").count
            }

            /// A connection that can be kept with others.
            private final class Open {
                let raw: RawConnection

                init(_ address: String) throws { raw = try RawConnection(to: address) }
            }

            /// The limit is for each connection, so on a slow machine a visit may need several.
            private func untilServed(by shop: ShopProcess) async throws {
                try await until("the shop serves a visitor") { (try? await Customer(at: shop).visit()) == 1 }
            }

            @Test(
                "Clients that send a head over the limit, or half of one, or none, and go away, keep no descriptor",
                arguments: ["too long", "half", "none"])
            func noDescriptorIsKept(_ kind: String) async throws {
                try await withShop(.memory, "--connection-timeout", "500ms") { shop in
                    try await untilServed(by: shop)
                    let before = try descriptors(of: shop)
                    let head: [UInt8] =
                        switch kind {
                        case "too long": Array(("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 200_000)).utf8)
                        case "half": Array("GET / HTTP/1.1\r\nHost:".utf8)
                        default: []
                        }
                    var open: [Open] = []
                    for number in 0..<300 {
                        let connection = try Open(shop.address)
                        connection.raw.send(head)
                        // Every other one is closed at once; the rest stays, as behind a network that is gone.
                        if !number.isMultiple(of: 2) { open.append(connection) }
                    }
                    try await until("the shop has no more descriptors than before") {
                        try descriptors(of: shop) <= before + 5
                    }
                    #expect(open.count == 150)
                    try await untilServed(by: shop)
                }
            }
        }
    }
#endif
