import HTTPTypes
import ShopDriver
import Testing

extension AdapterBehaviour {
    static let responses = [
        AdapterBehaviour("A route that uses no session, and a 404, carry nothing of it") { shop, visitor in
            for (path, status) in [("/bare", 200), ("/nowhere", 404)] {
                let answer = try await visitor.get(path)
                #expect(answer.status == status && answer.setCookies == [])
                #expect(answer["Vary"] == nil && answer["Cache-Control"] == nil)
            }
            #expect(shop.log.lines == [])
        },
        AdapterBehaviour("What a request sets is stored, and its cookie gives it to the next request") { _, visitor in
            let write = try await visitor.post("/n")
            #expect(write.status == 200 && write.body == "set" && write.setCookies.count == 1)
            #expect(write["Cache-Control"] == "no-store" && write["Vary"] == "Cookie")
            let read = try await visitor.get("/n?from=here")
            #expect(read.status == 200 && read.body == "1" && read.setCookies == [])
            #expect(read["Cache-Control"] == "no-store" && read["Vary"] == "Cookie")
        },
        AdapterBehaviour("A cookie is found among others") { _, visitor in
            try await visitor.post("/n")
            let token = try #require(visitor.browser.visitorToken)
            let read = try await visitor.get("/n", [.cookie: "theme=dark; __Host-Http-visitor=\(token); lang=en"])
            #expect(read.body == "1")
        },
        AdapterBehaviour("A personal page is kept out of caches, whatever its handler says") { _, visitor in
            let answer = try await visitor.get("/public")
            #expect(answer.body == "for everybody?" && answer["Cache-Control"] == "no-store")
            #expect(answer["Vary"] == "Accept-Language, Cookie")
            #expect(answer["CDN-Cache-Control"] == nil && answer["X-Accel-Expires"] == nil)
        },
        AdapterBehaviour("A sign-in replaces the visitor's cookie, one Set-Cookie a name, and the old token is refused")
        {
            _, visitor in
            try await visitor.post("/n")
            let thief = Customer(at: visitor.address, visitor.browser.copy())
            let answer = try await visitor.post("/sign-in")
            let names = answer.setCookies.map { $0.prefix { $0 != "=" } }
            #expect(answer.status == 200 && names == ["__Host-Http-visitor", "__Host-Http-id"])
            #expect(visitor.browser.visitorToken == nil && visitor.browser.signedInToken != nil)
            let late = try await thief.post("/n")
            #expect(late.status == 409 && late.setCookies == [])
            #expect(try await visitor.get("/n").body == "1")
        },
        AdapterBehaviour("What a stream sets is refused there; what was set before the response head is stored") {
            _, visitor in
            let stream = try await visitor.get("/stream")
            #expect(stream.status == 200 && stream.body == "sealed")
            #expect(try await visitor.get("/n").body == "4")
        },
    ]
}
