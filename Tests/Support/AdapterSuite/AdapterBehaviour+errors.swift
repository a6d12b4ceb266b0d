import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

extension AdapterBehaviour {
    static let errors = [
        AdapterBehaviour("A thrown 404 stores what was set and carries the cookie") { shop, visitor in
            let answer = try await visitor.post("/n-then-404")
            #expect(answer.status == 404 && answer.setCookies.count == 1 && answer["Cache-Control"] == "no-store")
            #expect(try await visitor.get("/n").body == "2")
            #expect(shop.log.lines == [])
        },
        AdapterBehaviour("A thrown unexpected error is a 500 that discards what was set") { _, visitor in
            let answer = try await visitor.post("/n-then-500")
            #expect(answer.status == 500 && answer.setCookies == [])
            #expect(try await visitor.get("/n").body == "0")
        },
        AdapterBehaviour("An end before an unexpected error signs out all the same, and the error is logged") {
            shop, visitor in
            try await visitor.post("/n")
            let thief = Customer(at: visitor.address, visitor.browser.copy())
            let answer = try await visitor.post("/end-then-500")
            #expect(answer.status == 500 && answer.setCookies.count == 1)
            #expect(visitor.browser.visitorToken == nil)
            #expect(try await thief.get("/n").body == "0")
            #expect(shop.log.lines.count == 1 && shop.log.lines[0].hasPrefix("error A handler failed"))
        },
        AdapterBehaviour("A store that is down gives a 503 that says nothing of it and leaves the cookie alone") {
            shop, visitor in
            try await visitor.post("/n")
            let token = try #require(visitor.browser.visitorToken)
            for down in [StoreOperation.load, .commit] {
                shop.store.follow { operation, _ in operation == down ? .fail : .pass }
                let answer = try await visitor.post("/n")
                #expect(answer.status == 503 && answer.setCookies == [])
                #expect(answer.body.contains("try again") && !answer.body.contains("script"))
            }
            shop.store.follow { _, _ in .pass }
            #expect(visitor.browser.visitorToken == token)
            #expect(try await visitor.get("/n").body == "1")
        },
        AdapterBehaviour("The operator reads once a request why the store failed, and never a token") { shop, visitor in
            try await visitor.post("/n")
            #expect(shop.log.lines == [])
            let token = try #require(visitor.browser.visitorToken)
            for (number, down) in [StoreOperation.load, .commit].enumerated() {
                shop.store.follow { operation, _ in operation == down ? .fail : .pass }
                try await visitor.post("/n")
                let lines = shop.log.lines
                try #require(lines.count == number + 1, "\(lines)")
                #expect(
                    lines[number].hasPrefix("error The session failed") && lines[number].contains("as the script says"))
                #expect(!lines[number].contains(token))
            }
        },
        AdapterBehaviour("An error has no body in an answer to HEAD, where it would be the next answer's head") {
            shop, visitor in
            let fields = "Host: localhost\r\nConnection: close\r\nCookie: \(String(repeating: "a=;", count: 300))\r\n"
            let requests = ["GET", "HEAD"].map { Array("\($0) /n HTTP/1.1\r\n\(fields)\r\n".utf8) }
            let answers = try await RawClient.answers(to: requests, from: visitor.address)
            #expect(answers.map { $0?.status } == [431, 431])
            let page = try #require(answers[0]?.body)
            #expect(!page.isEmpty && answers[1]?.body == "")
            #expect(answers[1]?.head.lowercased().contains("content-length: \(page.utf8.count)\r\n") == true)
        },
        AdapterBehaviour("The application's own error page takes the place of ours", errorPage: "Come back later.") {
            shop, visitor in
            try await visitor.post("/n")
            shop.store.follow { _, _ in .fail }
            let answer = try await visitor.get("/n")
            #expect(answer.status == 418 && answer.body == "Come back later.")
        },
    ]
}
