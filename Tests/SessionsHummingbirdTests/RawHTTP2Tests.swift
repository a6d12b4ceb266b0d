import HTTPTypes
import HummingbirdTesting
import Testing

@Suite("Exact bytes over HTTP/2", .timeLimit(.minutes(10))) struct RawHTTP2Tests {
    private let server = HTTP2Tests()

    private func isText(_ byte: UInt8) -> Bool { byte == 0x09 || (0x20...0x7e).contains(byte) }

    @Test("H-5, R-13: each byte at any place of a cookie over HTTP/2 leaves the request its own session or none")
    func bytes() async throws {
        try await server.withServer { client in
            let visitor = Array(
                try server.pair(try await client.execute(uri: "/n", method: .post), "__Host-Http-visitor").utf8)
            var cases: [(place: Int, byte: UInt8)] = []
            for place in [0, 19, 20, 41] { for byte in UInt8.min...UInt8.max { cases.append((place, byte)) } }
            let crumbs = cases.map { place, byte in
                var cookie = visitor
                cookie[place] = byte
                return [Array("a=1".utf8), cookie, Array("b=2".utf8)]
            }
            let raw = RawHTTP2(port: try #require(client.port))
            let answers = try await raw.answers(to: crumbs.map { RawHTTP2.get("/n", cookies: $0) })
            for ((place, byte), answer) in zip(cases, answers) {
                let isFine = answer == .init(status: 200, body: visitor[place] == byte ? "1" : "0")
                let isRefused = answer == nil || answer?.status == 400
                #expect(isFine || (!isText(byte) && isRefused), "\(byte) at \(place): \(String(describing: answer))")
            }
            #expect(answers.count == 1024 && answers.count { $0?.body == "1" } == 4)
            #expect(
                try await client.execute(
                    uri: "/n", method: .get, headers: [.cookie: String(decoding: visitor, as: UTF8.self)]
                ).text == "1")
        }
    }

    @Test("CP-5, CP-6: a neighbour of any byte hides no session over HTTP/2, and two sessions are none")
    func neighbours() async throws {
        try await server.withServer { client in
            let visitor = Array(
                try server.pair(try await client.execute(uri: "/n", method: .post), "__Host-Http-visitor").utf8)
            let other = Array(
                try server.pair(try await client.execute(uri: "/n", method: .post), "__Host-Http-visitor").utf8)
            let bytes = Array(UInt8.min...UInt8.max)
            let raw = RawHTTP2(port: try #require(client.port))
            let crumbs = bytes.map { [Array("a=b".utf8) + [$0] + Array("c".utf8), visitor, [$0]] }
            let answers = try await raw.answers(to: crumbs.map { RawHTTP2.get("/n", cookies: $0) })
            for (byte, answer) in zip(bytes, answers) {
                let isRefused = answer == nil || answer?.status == 400
                #expect(
                    answer == .init(status: 200, body: "1") || (!isText(byte) && isRefused),
                    "\(byte): \(String(describing: answer))")
            }
            #expect(answers.count == 256)
            let pairs = [[visitor, other], [other, visitor], [visitor, visitor], [visitor]]
            let both = try await raw.answers(to: pairs.map { RawHTTP2.get("/n", cookies: $0) })
            #expect(both.map { $0?.body } == ["0", "0", "1", "1"])
        }
    }

    @Test("H-5: a malformed header block over HTTP/2 uses no session, and the next request has it")
    func malformed() async throws {
        try await server.withServer { client in
            let visitor = Array(
                try server.pair(try await client.execute(uri: "/n", method: .post), "__Host-Http-visitor").utf8)
            let good = RawHTTP2.get("/n", cookies: [visitor])
            func with(_ name: String, _ value: String) -> [RawHTTP2.Field] { good + [.init(name, value)] }
            let blocks: [(String, [RawHTTP2.Field])] = [
                ("two paths", good + [.init(":path", "/n")]),
                ("two paths at the front", [.init(":path", "/who")] + good),
                ("a pseudo-header behind the fields", Array(good[..<3]) + good[4...] + [good[3]]),
                ("an unknown pseudo-header", [.init(":session", "x")] + good),
                ("a pseudo-header of responses", [.init(":status", "200")] + good),
                ("no path", good.filter { $0.name != Array(":path".utf8) }),
                ("no method", good.filter { $0.name != Array(":method".utf8) }),
                ("an empty path", RawHTTP2.get("", cookies: [visitor])),
                ("a name in capitals", Array(good[..<4]) + [.init("Cookie", visitor)]),
                ("a name with a colon", with("coo:kie", "a")), ("a name with a space", with("coo kie", "a")),
                ("an empty name", with("", "a")), ("a name with NUL", with("coo\0kie", "a")),
                ("a line break in a value", with("x-a", "b\r\ncookie: c")), ("NUL in a value", with("x-a", "b\0c")),
                ("a field of a connection", with("connection", "close")),
                ("an encoding of HTTP/1.1", with("transfer-encoding", "chunked")),
                ("an upgrade", with("upgrade", "websocket")),
                ("more than a server takes", with("x-a", String(repeating: "a", count: 100_000))),
            ]
            let raw = RawHTTP2(port: try #require(client.port))
            for (name, block) in blocks {
                let answer = try #require(try await raw.answers(to: [block]).first)
                #expect(
                    answer == nil || answer?.status == 400 && answer?.body != "1",
                    "\(name): \(String(describing: answer))")
                // On a connection of its own, since the server may have ended the one before.
                #expect(try await raw.answers(to: [good]) == [.init(status: 200, body: "1")], "\(name)")
            }
            #expect(blocks.count == 19)
        }
    }
}
