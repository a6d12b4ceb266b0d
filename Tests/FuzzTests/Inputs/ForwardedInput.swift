import HTTPTypes

@testable import Sessions

/// An input of the fuzzer: what a client writes into the fields of proxies.
///
/// One byte says how the proxy is configured, and the lines behind it are X-Forwarded-For, Forwarded and X-Forwarded-Proto.
struct ForwardedInput {
    private static let client = NetworkAddress(ipv4: 0xcb00_7107)
    private static let proxy = NetworkAddress(ipv4: 0x0a00_0001)

    private let flags: UInt8
    private let texts: [[UInt8]]

    /// Reads what the fuzzer made; it takes one byte.
    init?(_ input: [UInt8]) {
        guard let first = input.first else { return nil }
        flags = first
        texts = input.dropFirst().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// What a client can bring about that it must not, or `nil`.
    ///
    /// No client chooses the address that it is known by, nor has plain HTTP taken for TLS: without a proxy, and behind one that
    /// adds its own to a field or sends a field of its own behind it.
    var fault: String? {
        for text in texts {
            if let fault = Self.splitFault(of: text) ?? Self.textFault(of: String(decoding: text, as: UTF8.self)) {
                return fault
            }
        }
        return direct ?? proxied
    }

    private var direct: String? {
        let connection = ClientConnection(peer: .address(Self.client), isTLS: false)
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [.init(Self.proxy)]
        let request = request(.init())
        if connection.clientAddress(of: request, under: configuration) != Self.client {
            return "without a proxy, the client chose its address"
        }
        return connection.carriesTokens(request, under: .init(configuration)) ? "plain HTTP counts as TLS" : nil
    }

    private var proxied: String? {
        let field = [ForwardedField.either, .xForwardedProto, .forwarded][Int(flags % 3)]
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [.init(Self.proxy)]
        configuration.forwardedField = field
        let connection = ClientConnection(peer: .address(Self.proxy), isTLS: false)
        for isTLS in [false, true] {
            let scheme = isTLS ? "https" : "http"
            let added =
                field == .forwarded
                ? Added(forwarded: "for=203.0.113.7;proto=\(scheme)")
                : Added(xForwardedFor: "203.0.113.7", xForwardedProto: scheme)
            let request = request(added)
            let address = connection.clientAddress(of: request, under: configuration)
            // From what can't be read on nothing is believed: then the proxy's own address counts.
            guard address == Self.client || (address == Self.proxy && field != .xForwardedProto) else {
                return "behind a proxy, the client chose its address: \(address?.description ?? "none")"
            }
            let carries = connection.carriesTokens(request, under: .init(configuration))
            if carries && !isTLS { return "plain HTTP to a proxy counts as TLS" }
            if !carries && isTLS && !writesScheme { return "TLS at a proxy counts as plain HTTP" }
        }
        return nil
    }

    /// Whether the client has written what a scheme may be read from, so that its request may lose the session.
    private var writesScheme: Bool { texts.count > 1 }

    /// What the proxy adds to the client's own.
    private struct Added {
        var xForwardedFor, forwarded, xForwardedProto: String?
    }

    private func request(_ added: Added) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "http", authority: "shop.test", path: "/")
        let names = ["X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"]
        for (index, text) in [added.xForwardedFor, added.forwarded, added.xForwardedProto].enumerated() {
            let name = HTTPField.Name(names[index])!
            var values = texts.count > index ? [texts[index]] : []
            if let text {
                // Proxies add to the client's field, or send one of their own behind it.
                if let own = values.first, flags & 0x80 == 0 {
                    values = [own + ", ".utf8 + text.utf8]
                } else {
                    values.append(Array(text.utf8))
                }
            }
            for value in values { request.headerFields.append(HTTPField(name: name, lenientValue: value)) }
        }
        return request
    }

    /// What is split can be put together again, and no part has half of a quoted string.
    private static func splitFault(of text: [UInt8]) -> String? {
        let separator = UInt8(ascii: ",")
        guard let parts = text.split(atUnquoted: separator) else { return nil }
        if Array(parts.joined(separator: [separator])) != text { return "what was split is another text" }
        let areWhole = parts.allSatisfy { $0.split(atUnquoted: separator)?.count == 1 }
        return areWhole ? nil : "a part could be split again"
    }

    /// Addresses, blocks and origins that can be read are written so that they are read as the same.
    private static func textFault(of text: String) -> String? {
        if let address = NetworkAddress(text), NetworkAddress(address.description) != address {
            return "the address is written as another one"
        }
        if let range = try? AddressRange(text), (try? AddressRange(range.description)) != range {
            return "the block is written as another one"
        }
        if let origin = try? WebOrigin(text), (try? WebOrigin(origin.description)) != origin {
            return "the origin is written as another one"
        }
        return nil
    }
}

extension AddressRange {
    /// The block of one address.
    fileprivate init(_ address: NetworkAddress) {
        do { try self.init(address.description) } catch { preconditionFailure("an address is a block: \(error)") }
    }
}
