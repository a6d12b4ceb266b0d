import Processes
import TokenScanner

/// Sends exact bytes, one request after the other on one connection for as long as the server keeps it.
package final class RawClient {
    /// What came back on one request.
    package struct Answer: Sendable, Equatable {
        package let status: Int
        package let head: String
        package let body: String

        package var setsCookie: Bool { head.lowercased().contains("\r\nset-cookie:") }
    }

    private let address: String
    private var connection: RawConnection?
    private var received: [UInt8] = []

    private init(of address: String) { self.address = address }

    /// Sends requests and returns what each got: `nil` where the server closed without a word.
    ///
    /// On a thread of its own: a server in this process needs the others.
    package static func answers(to requests: [[UInt8]], from address: String) async throws -> [Answer?] {
        try await offThread {
            let client = RawClient(of: address)
            return try requests.map { try client.answer(to: $0) }
        }
    }

    private func answer(to request: [UInt8]) throws -> Answer? {
        let isReused = connection != nil
        // Servers differ in where such a request ends, so the next one gets a connection of its own.
        defer { if Self.hasBareLineEnd(request) { connection = nil } }
        if let answer = try exchange(request) { return answer }
        // The server may have closed after the request before, rather than because of this one.
        return isReused ? try exchange(request) : nil
    }

    private func exchange(_ request: [UInt8]) throws -> Answer? {
        if connection == nil {
            connection = try RawConnection(to: address)
            received = []
        }
        connection?.send(request)
        let end = Array("\r\n\r\n".utf8)
        var headEnd = received.firstRange(of: end)?.upperBound
        while headEnd == nil, receive() { headEnd = received.firstRange(of: end)?.upperBound }
        guard let headEnd else {
            connection = nil
            return nil
        }
        let head = String(decoding: received[..<headEnd], as: UTF8.self)
        let lines = head.lowercased().split(separator: "\r\n")
        let length = lines.first { $0.hasPrefix("content-length:") }.flatMap {
            Int($0.dropFirst("content-length:".count).filter { $0 != " " })
        }
        // The answer to HEAD names a length and has no body: what comes until the server closes would be one.
        let isHead = request.starts(with: "HEAD ".utf8)
        let needed = isHead ? Int.max : headEnd + (length ?? 0)
        while received.count < needed, receive() {}
        let body = String(decoding: received[headEnd...].prefix(isHead ? .max : length ?? 0), as: UTF8.self)
        received.removeFirst(min(needed, received.count))
        let status = rawStatus(of: head)
        // Most servers close after a refusal, and say so or not.
        if status != 200 || lines.contains("connection: close") { connection = nil }
        try checkForTokens(head, body, request: request)
        return Answer(status: status, head: head, body: body)
    }

    private static func hasBareLineEnd(_ bytes: [UInt8]) -> Bool {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        return bytes.indices.contains { index in
            switch bytes[index] {
            case cr: index + 1 == bytes.count || bytes[index + 1] != lf
            case lf: index == 0 || bytes[index - 1] != cr
            default: false
            }
        }
    }

    private func receive() -> Bool {
        let bytes = connection?.readSome() ?? []
        received += bytes
        return !bytes.isEmpty
    }
}

/// Looks for issued tokens in a raw answer, as `Browser` does: H-6.
private func checkForTokens(_ head: String, _ body: String, request: [UInt8]) throws(TokenLeak) {
    let line = String(decoding: request.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let path = line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    let fields = head.split(separator: "\r\n").dropFirst().compactMap { field -> (name: String, value: String)? in
        guard let colon = field.firstIndex(of: ":") else { return nil }
        return (String(field[..<colon]), String(field[field.index(after: colon)...]))
    }
    try IssuedTokens.shared.check("a raw answer", path: path, fields: fields, body: body)
}
