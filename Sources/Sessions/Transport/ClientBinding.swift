import Crypto
import HTTPTypes

/// What a token in a URL is bound to: the client's User-Agent and its network, an IPv4 /24 or an IPv6 /64.
enum ClientBinding {
    /// The attribute in which a session keeps its binding.
    static let name = "sessions.binding"

    /// What a session in a URL may hold beside its binding, whose JSON text is the digits in quotes.
    static func rest(of limits: SessionLimits) -> SessionLimits {
        var rest = limits
        rest.attributeCount -= 1
        rest.sessionBytes -= name.utf8.count + 34
        return rest
    }

    /// - Parameter target: the host and the path where a hand-over code may be used; empty for a session
    /// - Returns: 32 hexadecimal digits
    static func digest(of request: HTTPRequest, from client: NetworkAddress?, target: String = "") -> String {
        var hash = SHA256()
        // Each part behind its length, so that no two clients share a text.
        for part in [request.headerFields[.userAgent] ?? "", client.map { "\($0.bindingNetwork)" } ?? "", target] {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        guard let block = Block16(Array(hash.finalize()).prefix(16)) else {
            preconditionFailure("SHA-256 makes 32 bytes")
        }
        return SessionID(block).description
    }
}

extension NetworkAddress {
    /// The network within which a client may move.
    fileprivate var bindingNetwork: NetworkAddress {
        isIPv4 ? NetworkAddress(ipv4: UInt32(truncatingIfNeeded: block.low) & 0xffff_ff00) : clientNetwork
    }
}
