#if FlyingFox
    import FlyingFox
    import Sessions
    import Testing

    @testable import SessionsFlyingFox

    @Suite("The peer of a connection, from FlyingFox", .timeLimit(.minutes(10)))
    struct PeerTests {
        @Test("An address is read from its text", arguments: ["192.0.2.1", "2001:db8::17", "::1"])
        func address(text: String) throws {
            let address: HTTPRequest.Address = text.contains(":") ? .ip6(text, port: 80) : .ip4(text, port: 80)
            #expect(ClientConnection.Peer(address) == .address(try #require(NetworkAddress(text))))
        }

        @Test("An IPv4 client of a socket that speaks both is the same client")
        func mapped() throws {
            let peer = ClientConnection.Peer(.ip6("::ffff:127.0.0.1", port: 1))
            #expect(peer == .address(try #require(NetworkAddress("127.0.0.1"))))
        }

        @Test("A Unix socket is this machine")
        func local() {
            #expect(ClientConnection.Peer(.unix("/run/shop.sock")) == .local)
        }

        @Test("An address that can't be read is unknown, so that it is trusted with nothing")
        func unreadable() {
            #expect(ClientConnection.Peer(nil) == .unknown)
            #expect(ClientConnection.Peer(.ip4("localhost", port: 1)) == .unknown)
        }
    }
#endif
