import Foundation
import Hummingbird
import HummingbirdTesting
import Processes
import Sessions
import SessionsHummingbird
import ShopDriver
import Testing

/// What no HTTP client sends, to the byte.
@Suite("H-5: raw bytes over HTTP/1.1", .timeLimit(.minutes(10))) struct RawBytesTests {
    private let key: SessionKey<String> = "name"

    /// Three sessions of a server, as the cookies that their clients hold.
    private struct Clients {
        let address: String
        let ada, eve, grace: String

        func answers(to requests: [String]) async throws -> [RawClient.Answer?] {
            try await RawClient.answers(to: requests.map { Array($0.utf8) }, from: address)
        }
    }

    private func withServer(_ body: @escaping @Sendable (Clients) async throws -> Void) async throws {
        let manager = try SessionManager(store: MemorySessionStore())
        let router = Router(context: Context.self)
        router.add(middleware: SessionsMiddleware(manager))
        router.get("bare") { _, _ in "bare" }
        router.post("bare") { request, _ in "\(try await request.body.collect(upTo: 1 << 20).readableBytes)" }
        router.get("name") { _, context in try await context.session().value(key, default: "stranger") }
        router.post("name/:name") { _, context -> String in
            try await context.session().set(key, to: try context.parameters.require("name"))
            return "set"
        }
        try await Application(router: router).test(.live) { client in
            func cookie(_ name: String) async throws -> String {
                let field = try await client.execute(uri: "/name/\(name)", method: .post).setCookies.first
                return String(try #require(field).prefix { $0 != ";" })
            }
            let clients = Clients(
                address: "http://localhost:\(try #require(client.port))", ada: try await cookie("ada"),
                eve: try await cookie("eve"), grace: try await cookie("grace"))
            try await body(clients)
            let read = try await client.execute(uri: "/name", method: .get, headers: [.cookie: clients.ada])
            #expect(read.text == "ada", "it serves on")
        }
    }

    private func get(_ lines: [String], ending: String = "\r\n") -> String {
        (["GET /name HTTP/1.1", "Host: localhost"] + lines + ["", ""]).joined(separator: ending)
    }

    @Test("CP-1: several Cookie fields are one list, in any letters of their name and with any spaces")
    func fields() async throws {
        try await withServer { clients in
            let ada = clients.ada
            let cases = [
                ["Cookie: \(ada)"], ["cookie: \(ada)"], ["COOKIE:\(ada)"], ["Cookie: \t \(ada) \t"],
                ["Cookie: a=1", "Cookie: \(ada)"], ["Cookie: \(ada)", "Cookie: a=1"],
                ["Cookie: ", "Cookie: \(ada)"], ["Cookie: ;", "cOOkie: \(ada);"],
                ["Cookie: a=1; b=2", "X: Cookie: x", "Cookie: c=3;\(ada);d=4"], ["Cookie: \(ada)", "Cookie: \(ada)"],
                (0..<40).map { "Cookie: c\($0)=\($0)" } + ["Cookie: \(ada)"],
            ]
            let answers = try await clients.answers(to: cases.map { get($0) })
            for (lines, answer) in zip(cases, answers) {
                #expect(answer?.status == 200 && answer?.body == "ada", "\(lines): \(String(describing: answer))")
            }
            #expect(answers.count == cases.count)
        }
    }

    @Test("CP-3, CP-6: two sessions in one request are none, in any order and any number of fields")
    func duplicates() async throws {
        try await withServer { clients in
            let (ada, eve) = (clients.ada, clients.eve)
            let token = ada.drop { $0 != "=" }.dropFirst()
            let cases = [
                ["Cookie: \(ada); \(eve)"], ["Cookie: \(eve); \(ada)"], ["Cookie: \(ada)", "Cookie: \(eve)"],
                ["Cookie: \(eve)", "Cookie: \(ada)"], ["Cookie: \(ada)", "Cookie: a=1", "Cookie: \(eve); \(ada)"],
                ["Cookie: \(ada)", "Cookie: __Host-Http-visitor="], ["Cookie: __Host-Http-visitor=x; \(ada)"],
                ["Cookie: \(ada), \(eve)"], ["Cookie: a=1, \(ada)"], ["Cookie: __HOST-HTTP-VISITOR=\(token)"],
                ["Cookie: =\(ada)"], ["Cookie: =__Host-Http-visitor; \(token)"], ["Cookie: \(token)"],
                ["Cookie: __Host-Http-visitor \(token)"], ["Cookie: $Version=1, \(ada)"], ["Cookies: \(ada)"],
                ["Cookie2: \(ada)"], ["X-Cookie: \(ada)"], ["Cookie-: \(ada)"], ["Set-Cookie: \(ada)"],
                ["Authorization: Bearer \(token)"], ["Cookie: __Host-Http-id=\(token)"],
            ]
            let answers = try await clients.answers(to: cases.map { get($0) })
            for (lines, answer) in zip(cases, answers) {
                #expect(answer?.status == 200 && answer?.body == "stranger", "\(lines): \(String(describing: answer))")
                #expect(answer?.setsCookie == false)
            }
            #expect(answers.count == cases.count)
        }
    }

    @Test("Folded fields, spaces before a colon, bare line ends and NUL are refused with 400 and find no session")
    func malformedHeads() async throws {
        try await withServer { clients in
            let ada = clients.ada
            let half = ada.index(ada.startIndex, offsetBy: 50)
            let requests = [
                // obs-fold (RFC 9112, 5.2)
                get(["Cookie: a=1;\r\n \(ada)"]), get(["Cookie: \(ada);\r\n\ta=1"]), get(["X: 1\r\n Cookie: \(ada)"]),
                get(["Cookie: \(ada[..<half])\r\n \(ada[half...])"]), get(["Cookie:\r\n \(ada)"]),
                get([" Cookie: \(ada)"]), get(["\tCookie: \(ada)"]),
                // RFC 9112, 5.1
                get(["Cookie : \(ada)"]), get(["Cookie\t: \(ada)"]), get(["Cookie \(ada)"]), get([": \(ada)"]),
                get(["Coo\0kie: \(ada)"]), get(["Cookie\u{b}: \(ada)"]),
                get(["Cookie: \(ada)"], ending: "\n"), get(["Cookie: \(ada)"], ending: "\r"),
                get(["Cookie: \(ada)\r"]), get(["Cookie: a\rb; \(ada)"]), get(["Cookie: a\nb; \(ada)"]),
                get(["Cookie: \(ada)\0"]), get(["Cookie: \0\(ada)"]), get(["Cookie: a=\0; \(ada)"]),
                get(["Cookie: a=\u{1}\u{7f}; \(ada)"]),
            ]
            let answers = try await clients.answers(to: requests)
            for (request, answer) in zip(requests, answers) {
                #expect(answer?.status == 400, "\(request.debugDescription): \(String(describing: answer))")
                #expect(answer?.setsCookie == false)
            }
            #expect(answers.count == requests.count)
        }
    }

    @Test("CP-7: a megabyte of cookies is refused, whatever it is made of")
    func megabyte() async throws {
        try await withServer { clients in
            let requests = ["a=;", "a", ";", "=", "\"", "a=b,", "a=\"", " "].map { piece in
                get(["Cookie: x=\(String(repeating: piece, count: (1 << 20) / piece.utf8.count)); \(clients.ada)"])
            }
            let answers = try await clients.answers(to: requests)
            for answer in answers {
                #expect(
                    answer == nil || answer?.status == 400 || answer?.status == 431, "\(String(describing: answer))")
            }
            #expect(answers.count == 8)
        }
    }

    /// What a proxy in front might read as one request and the server as two: RFC 9112, 6.1 and 6.3.
    @Test("Two lengths, or a length beside chunks, are refused and end the connection: nothing behind them is answered")
    func smuggling() async throws {
        try await withServer { clients in
            // The attacker's, hidden in a body, and the victim's, which a proxy sends on the same connection.
            let hidden = get(["Cookie: \(clients.eve)"])
            let victim = get(["Cookie: \(clients.ada)", "Connection: close"])
            let length = hidden.utf8.count
            let heads = [
                "Content-Length: 0\r\nContent-Length: \(length)", "Content-Length: \(length)\r\nContent-Length: 0",
                "Content-Length: 0, \(length)", "Content-Length: \(length), 0", "Content-Length: +\(length)",
                "Content-Length: 0x\(length)", "Content-Length: -1", "Content-Length: 18446744073709551616",
                "Content-Length : \(length)", "Content-Length:\r\n \(length)", "Content-Length: \(length) 0",
                "Content-Length:", "Content-Length: \(length)\0", "content-length: 1\r\nCONTENT-LENGTH: 2",
            ]
            let chunked = [
                "Content-Length: \(length)\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: \(length)",
                "Content-Length: 0\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding : chunked",
                "Transfer-Encoding:\u{b}chunked", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding: chunked\0",
            ]
            let bodies = heads.map { ($0, hidden) } + chunked.map { ($0, "0\r\n\r\n" + hidden) }
            for (head, body) in bodies {
                let request = "POST /bare HTTP/1.1\r\nHost: localhost\r\n\(head)\r\n\r\n\(body)\(victim)"
                let answer = try await offThread { try rawExchange(with: clients.address, Array(request.utf8)) }
                #expect(rawStatus(of: answer) == 400, "\(head.debugDescription): \(answer)")
                #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(head.debugDescription): \(answer)")
            }
            #expect(bodies.count == 23)
        }
    }

    @Test("R-22: requests of several users in one go on one connection get each their own session")
    func pipelined() async throws {
        try await withServer { clients in
            let hidden = get(["Cookie: \(clients.eve)"])
            let chunk = String(hidden.utf8.count, radix: 16)
            var requests: [(text: String, body: String)] = []
            for round in 0..<50 {
                requests += [
                    (get(["Cookie: \(clients.ada)"]), "ada"), (get([]), "stranger"),
                    (get(["Cookie: a=\(round)", "Cookie: \(clients.eve)"]), "eve"),
                    (get(["Cookie: \(clients.ada)", "Cookie: \(clients.eve)"]), "stranger"),
                    // A request in a body is a body, and a Cookie field behind one is none.
                    (
                        "POST /bare HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)",
                        "\(hidden.utf8.count)"
                    ),
                    (
                        "POST /bare HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "\(chunk)\r\n\(hidden)\r\n0\r\nCookie: \(clients.eve)\r\n\r\n",
                        "\(hidden.utf8.count)"
                    ),
                    (get(["Cookie: \(clients.grace)"]), "grace"),
                ]
            }
            requests.append((get(["Connection: close"]), "stranger"))
            let all = requests.map(\.text).joined()
            let answer = try await offThread { try rawExchange(with: clients.address, Array(all.utf8)) }
            let answers = answer.components(separatedBy: "HTTP/1.1 200 OK\r\n").dropFirst()
            let found = answers.map { $0.components(separatedBy: "\r\n\r\n").last ?? "" }
            #expect(found == requests.map(\.body))
            #expect(found.count == 351)
        }
    }
}
