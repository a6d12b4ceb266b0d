import HTTPTypes
import Processes
import ShopDriver
import Testing

extension ShopTests {
    /// Whatever a client sends wrong is the client's error: 4xx, never 500, and nothing is stored.
    @Suite("Malformed input", .timeLimit(.minutes(10))) struct MalformedTests {
        @Test func forms() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                for (form, status) in [
                    ("", 400), ("product=tea", 400), ("quantity=1", 400), ("product=&quantity=", 400),
                    ("product=gold&quantity=1", 400), ("product=tea&quantity=-1", 400), ("product=tea&quantity=0", 400),
                    ("product=tea&quantity=100", 400), ("product=tea&quantity=99999999999999999999999", 400),
                    ("product=tea&quantity=1.5", 400), ("product=tea&quantity=%31%00", 400),
                    ("product=tea&quantity=x", 400), ("product=%zz&quantity=1", 400), ("product=%ff&quantity=1", 400),
                    ("product=tea%&quantity=1", 400), ("product=tea&product=cup&quantity=1", 400), ("&&&===", 400),
                    ("product=tea&quantity=1&" + String(repeating: "x", count: 20_000), 413),
                ] {
                    let answer = try await customer.post("/cart", form)
                    #expect(answer.status == status, "\(form.prefix(60)): \(answer.body.prefix(200))")
                    #expect(answer.setCookies == [], "\(form.prefix(60))")
                }
                let json = try await customer.post(
                    "/cart", "{\"product\":\"tea\",\"quantity\":1}", [.contentType: "application/json"])
                #expect(json.status == 415)
                for (form, status) in [
                    ("", 400), ("name=ada", 400), ("password=lovelace", 400), ("name=%zz&password=x", 400),
                    ("name=ada&password=" + String(repeating: "x", count: 2000), 401),
                    ("name=ada&name=ada&password=lovelace", 400), ("name=%00&password=%00", 401),
                ] {
                    let answer = try await customer.post("/sign-in", form)
                    #expect(answer.status == status, "\(form.prefix(60)): \(answer.body.prefix(200))")
                    #expect(answer.setCookies == [])
                }
                // To a person the answer is a page.
                let page = try await customer.post("/cart", "product=gold&quantity=1", [.accept: "text/html"])
                #expect(page.status == 400)
                #expect(page["content-type"] == "text/html; charset=utf-8")
            }
        }

        @Test(arguments: ShopStore.allCases) func attributes(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                for json in ["", "{", "nul", "{\"a\":}", "\u{0}", "'x'", "[1,]x", String(repeating: "[", count: 5000)] {
                    let answer = try await customer.put("a", json)
                    #expect(
                        (400...422).contains(answer.status),
                        "\(json.prefix(20)): \(answer.status) \(answer.body.prefix(200))")
                    #expect(answer.setCookies == [])
                }
                let text = "\"" + String(repeating: "x", count: 17 * 1024) + "\""
                #expect(try await customer.put("a", text).status == 413)
                #expect(try await customer.put("a", "\"" + String(repeating: "x", count: 5 << 20) + "\"").status == 413)
                for number in 0..<64 { try await customer.put("n\(number)", "\(number)").expect(204) }
                let excess = try await customer.put("n64", "1")
                #expect(excess.status == 413)
                #expect(excess.body.contains("64"))
                #expect(try await customer.put("n1", text).status == 413)
                #expect(try await customer.attribute("n1") == "1")
                #expect(try await customer.session().attributes.count == 64)
                let fresh = Customer(at: shop)
                for number in 0..<4 {
                    try await fresh.put("b\(number)", "\"" + String(repeating: "x", count: 15_000) + "\"").expect(204)
                }
                let heavy = try await fresh.put("b4", "\"" + String(repeating: "x", count: 15_000) + "\"")
                #expect(heavy.status == 413)
                #expect(try await fresh.session().attributes.count == 4)
            }
        }

        @Test func attributeNames() async throws {
            try await withShop(.memory, "--lab") { shop in
                let customer = Customer(at: shop)
                for name in ["%00", "a%0Ab", "%7F", String(repeating: "n", count: 300), "%1B%5B"] {
                    for method in [HTTPRequest.Method.put, .delete] {
                        let answer = try await customer.browser.send(
                            method, shop.address + "/lab/attributes/\(name)", [.contentType: "application/json"],
                            body: "1")
                        #expect(
                            answer.status == 400 || answer.status == 413,
                            "\(method) \(name.prefix(20)): \(answer.status)")
                        #expect(answer.setCookies == [])
                    }
                }
                for query in ["hold=soon", "hold=-1s", "hold=61s", "hold=1", "hold=off", "hold="] {
                    #expect(try await customer.put("a", "1", query: "?\(query)").status == 400, "\(query)")
                }
                for chunks in ["-1", "x", "99999999999999999999", ""] {
                    let answer = try await customer.get("/lab/stream?chunks=\(chunks)")
                    #expect(answer.status == 200 || answer.status == 400)
                }
                let long = try await customer.post("/lab/fail?status=404&set=" + String(repeating: "n", count: 300))
                #expect(long.status == 400, "\(long.body)")
            }
        }

        @Test func bytesThatNoClientSends() async throws {
            try await withShop(.sqlite, "--lab") { shop in
                func status(_ line: String, _ fields: [String] = [], body: String = "") async throws -> Int {
                    let head = [line, "Host: 127.0.0.1", "Connection: close"] + fields
                    let text = head.joined(separator: "\r\n") + "\r\n\r\n" + body
                    return rawStatus(
                        of: try await offThread { try rawExchange(with: shop.address, Array(text.utf8)) })
                }
                for path in ["a%zz", "a%", "a%4", "%ff%fe", "%c3%28", "a%2", "..%2f..%2fetc", "a;b=c"] {
                    let read = try await status("GET /lab/attributes/\(path) HTTP/1.1")
                    #expect((400..<500).contains(read), "GET \(path): \(read)")
                    let write = try await status(
                        "PUT /lab/attributes/\(path) HTTP/1.1",
                        ["Content-Type: application/json", "Content-Length: 1"],
                        body: "1")
                    #expect(write == 204 || (400..<500).contains(write), "PUT \(path): \(write)")
                }
                for cookie in [
                    "__Host-Http-id", "=", ";;;;", "__Host-Http-id=", "__Host-Http-id=\"\"", "__Host-Http-id=é",
                    "\u{1}=\u{2}",
                    "__Host-Http-id=" + String(repeating: "A", count: 64),
                    "__Host-Http-id=" + String(repeating: "A", count: 63),
                    "__Host-Http-visitor=" + String(repeating: "-", count: 64), "__Host-Http-id=../../etc/passwd",
                    "__Host-Http-id=' OR 1=1 --", "__Host-Http-id=a; __Host-Http-id=b", "$Version=1; __Host-Http-id=x",
                ] {
                    for route in ["GET /session", "GET /account", "GET /", "POST /sign-out", "GET /cart"] {
                        let found = try await status("\(route) HTTP/1.1", ["Cookie: \(cookie)", "Content-Length: 0"])
                        // A control character in a field is the HTTP parser's own 400.
                        #expect(
                            [200, 303].contains(found) || (found == 400 && cookie.contains("\u{1}")),
                            "\(route) \(cookie): \(found)")
                    }
                }
                #expect(
                    try await status("GET /session HTTP/1.1", ["Cookie: a=" + String(repeating: "x", count: 33_000)])
                        == 431)
                #expect(
                    try await status("GET /session HTTP/1.1", ["Cookie: " + String(repeating: "a=;", count: 300)])
                        == 431)
                #expect(
                    try await status("GET /lab/bare HTTP/1.1", ["Cookie: " + String(repeating: "a=;", count: 300)])
                        == 200)
                #expect(
                    try await status("GET /session HTTP/1.1", ["Cookie: " + String(repeating: "a=;", count: 200)])
                        == 200)
                for request in [
                    "GARBAGE", "GET / HTTP/9.9", "POST /cart HTTP/1.1\r\nContent-Length: x",
                ] {
                    let found = try await status(request)
                    #expect(found == 0 || (400..<500).contains(found) || found == 505, "\(request): \(found)")
                }
                // And it still serves.
                #expect(try await Customer(at: shop).visit() == 1)
            }
        }

        @Test("A body whose chunks are malformed is 400, and no line of the log")
        func malformedChunks() async throws {
            try await withShop(.memory, "--lab") { shop in
                for chunks in [
                    "zz\r\n", "-1\r\nx\r\n", "5\r\nhello", "5\r\nhello!!\r\n0\r\n\r\n", "fffffffffffffffff\r\n",
                    "3;\u{1}\r\nabc\r\n0\r\n\r\n", "\r\n", "0x3\r\nabc\r\n0\r\n\r\n",
                ] {
                    for route in ["POST /cart", "POST /sign-in", "PUT /lab/attributes/a"] {
                        let type =
                            route.hasPrefix("PUT") ? "application/json" : "application/x-www-form-urlencoded"
                        let head = "\(route) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: \(type)\r\n"
                        let answer = try await offThread {
                            let connection = try RawConnection(to: shop.address)
                            connection.send(Array("\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks)".utf8))
                            connection.finish()
                            return connection.readAll()
                        }
                        let found = rawStatus(of: answer)
                        #expect(found == 400 || found == 0, "\(route) \(chunks.debugDescription): \(found)")
                    }
                }
                #expect(try await Customer(at: shop).visit() == 1)
                #expect(!shop.errors.contains("error"), "\(shop.errors)")
                #expect(!shop.output.contains(" error "), "\(shop.output)")
            }
        }

        @Test func twoCookiesOfOneNameAreNobody() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                let token = try #require(customer.browser.signedInToken)
                let other = Customer(at: shop)
                try await other.signIn("grace")
                let foreign = try #require(other.browser.signedInToken)
                func principal(_ cookie: String) async throws -> String? {
                    try await customer.get("/session", [.cookie: cookie]).decoded(as: SessionState.self).principal
                }
                #expect(try await principal("__Host-Http-id=\(token)") == "ada")
                #expect(try await principal("__Host-Http-id=\(token); __Host-Http-id=\(token)") == "ada")
                for pair in [(token, foreign), (foreign, token), (token, "x"), ("x", token), (token, "")] {
                    #expect(try await principal("__Host-Http-id=\(pair.0); __Host-Http-id=\(pair.1)") == nil)
                }
                // Java's cookie manager sends a token in one pair of quotes.
                #expect(try await principal("__Host-Http-id=\"\(token)\"") == "ada")
                // CP-3, CP-9, rule 10: another case, other quotes or the other cookie's name is no session.
                for cookie in [
                    "__host-id=\(token)", "__Host-Http-id=\"\(token)", "__Host-Http-id=\"\"\(token)\"\"",
                    "__Host-Http-id='\(token)'", "__Host-Http-visitor=\(token)", "id=\(token)",
                ] {
                    #expect(try await principal(cookie) == nil, "\(cookie.prefix(20))")
                }
                // G12: a wrong secret gets the answer of an unknown ID.
                var wrong = Array(token)
                wrong[30] = wrong[30] == "A" ? "B" : "A"
                for wrong in [String(wrong), String(token.reversed())] {
                    let answer = try await customer.get("/session", [.cookie: "__Host-Http-id=\(wrong)"])
                    #expect(answer.body.contains("\"ended\":null"))
                    #expect(answer.setCookies == [])
                }
                #expect(try await customer.session().principal == "ada")
            }
        }
    }
}
