import NIOCore
import Sessions
import Testing

@testable import SessionsHummingbird

@Suite("The peer of a connection", .timeLimit(.minutes(10)))
struct PeerTests {
    @Test("A socket's address is read from its bytes", arguments: ["192.0.2.1", "127.0.0.1", "2001:db8::17", "::1"])
    func address(text: String) throws {
        let peer = ClientConnection.Peer(try SocketAddress(ipAddress: text, port: 8080))
        #expect(peer == .address(try #require(NetworkAddress(text))))
    }

    @Test("An IPv4 client of a socket that speaks both is the same client")
    func mapped() throws {
        let peer = ClientConnection.Peer(try SocketAddress(ipAddress: "::ffff:127.0.0.1", port: 1))
        #expect(peer == .address(try #require(NetworkAddress("127.0.0.1"))))
    }

    @Test("A Unix socket is this machine; a connection without an address is unknown")
    func local() throws {
        #expect(ClientConnection.Peer(nil) == .unknown)
        #expect(ClientConnection.Peer(try SocketAddress(unixDomainSocketPath: "/run/shop.sock")) == .local)
    }
}
