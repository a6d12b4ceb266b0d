import Foundation
import HTTPTypes
import Processes
import RedisServers
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    /// Shops on Redis servers of their own, of every kind, which fail them.
    @Suite("Redis", .timeLimit(.minutes(10))) struct RedisTests {
        /// Signs in with a cart and out again.
        private func visit(_ shop: ShopProcess) async throws {
            let customer = Customer(at: shop)
            try await customer.post("/cart", "product=tea&quantity=2").expect(303)
            let before = Customer(at: shop, customer.browser.copy())
            try await customer.signIn().expect(303)
            #expect(try await customer.session().principal == "ada")
            #expect(try await customer.cart().items == ["tea": 2])
            #expect(try await before.session().principal == nil)
            #expect(try await before.visitStatus() == 409, "the token from before the sign-in is dead")
            let thief = Customer(at: shop, customer.browser.copy())
            try await customer.signOut().expect(303)
            #expect(customer.browser.signedInToken == nil)
            #expect(try await thief.session().ended?.reason == "signed-out")
            #expect(try await customer.get("/healthz").status == 200)
        }

        @Test func overTLS() async throws {
            let authority = try TestAuthority()
            let server = try RedisProcess(tls: authority)
            try await server.start()
            let query = "?cafile=\(authority.authorityFile)"
            try await withShop(on: "rediss://localhost:\(server.port)\(query)", body: visit)
            // The certificate is for localhost and for nothing else.
            let refused = try await refusal(["--store", "rediss://127.0.0.1:\(server.port)\(query)"])
            #expect(refused.contains("127.0.0.1:\(server.port)") && refused.contains("certificate"), "\(refused)")
        }

        @Test func behindSentinels() async throws {
            let servers = try await TestSentinels()
            try await withShop(on: servers.url, body: visit)
        }

        @Test("The shop takes Redis's password from a file, on a Unix socket, and no list of processes shows it")
        func onAUnixSocket() async throws {
            try await withDirectory { directory in
                let file = directory + "/password"
                try Data("secret-word\n".utf8).write(to: URL(fileURLWithPath: file))
                let socket = "/tmp/shop-\(UUID().uuidString.prefix(8)).sock"
                let server = try RedisProcess(["--unixsocket", socket, "--requirepass", "secret-word"])
                try await server.start()
                try await withShop(on: "redis+unix://\(socket)?passwordfile=\(file)", body: visit)
                let refused = try await refusal(["--store", "redis+unix://\(socket)"])
                #expect(refused.contains("Redis at \(socket)") && refused.contains("asks for a password"), "\(refused)")
                server.kill()
                try? FileManager.default.removeItem(atPath: socket)
            }
        }

        @Test func onACluster() async throws {
            let cluster = try await TestCluster.steady()
            try await withShop(on: cluster.url) { shop in
                // Which node a session is on is random; sixty miss one of three with a probability of 10^-10.
                for _ in 0..<60 where try cluster.nodes.contains(where: isEmpty) { try await visit(shop) }
            }
            #expect(try !cluster.nodes.contains(where: isEmpty), "sessions are on every primary, and on its replica")
        }

        private func isEmpty(_ node: RedisProcess) throws -> Bool {
            try !node.cli("DBSIZE").contains { ("1"..."9").contains($0) }
        }

        private func refusal(_ arguments: [String]) async throws -> String {
            await Turnstile.shared.enter()
            defer { Turnstile.shared.leave() }
            let shop = try ShopProcess(arguments: ["--port", "0"] + arguments)
            defer { shop.signal(SIGKILL) }
            let exit = try await shop.exit()
            guard case .status(let status) = exit else {
                Issue.record("\(arguments) crashed: \(exit) \(shop.errors)")
                return shop.errors
            }
            #expect(status != 0)
            #expect(shop.output == "")
            #expect(!shop.errors.contains("SessionError("), "a sentence, not a dump: \(shop.errors)")
            #expect(shop.errors.split(separator: "\n").count == 1, "one line: \(shop.errors)")
            return shop.errors
        }

        @Test func aRedisThatEvictsIsRefused() async throws {
            let server = try RedisProcess(["--maxmemory-policy", "allkeys-lru"])
            try await server.start()
            let message = try await refusal(["--store", "redis://127.0.0.1:\(server.port)"])
            for part in [
                "Redis at 127.0.0.1:\(server.port)", "maxmemory-policy allkeys-lru", "signs people out",
                "Set \"maxmemory-policy noeviction\"",
            ] { #expect(message.contains(part), "\(message)") }
        }

        @Test func aRedisThatIsNotThereIsToldInOneLine() async throws {
            let port = try RedisProcess.freePort()
            let message = try await refusal(["--store", "redis://:secret-word@127.0.0.1:\(port)"])
            #expect(message.contains("127.0.0.1:\(port)"), "\(message)")
            #expect(!message.contains("secret-word"), "\(message)")
        }

        @Test("G10: Redis is lost for a while, and no user is signed out")
        func anOutageSignsNobodyOut() async throws {
            let server = try RedisProcess()
            try await server.start()
            try await withShop(on: "redis://127.0.0.1:\(server.port)") { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                try await customer.signIn().expect(303)
                let jar = customer.browser.jar
                let visitor = Customer(at: shop)
                try await visitor.post("/cart", "product=tea&quantity=1").expect(303)
                #expect(try await customer.get("/healthz").status == 200)
                server.pause()
                defer { server.resume() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // A stranger's shelf takes no store call.
                    group.addTask {
                        let shelf = try await Customer(at: shop).get("/")
                        #expect(shelf.status == 200 && shelf.setCookies == [])
                    }
                    group.addTask {
                        let health = try await Customer(at: shop).get("/healthz")
                        #expect(health.status == 503)
                    }
                    for path in ["/session", "/cart", "/account"] {
                        group.addTask {
                            let answer = try await Customer(at: shop, customer.browser.copy()).get(path)
                            #expect(answer.status == 503 && answer.setCookies == [], "\(path): \(answer.status)")
                        }
                    }
                    // A user is told so, and a visitor isn't.
                    for (browser, isUser) in [(customer.browser.copy(), true), (visitor.browser.copy(), false)] {
                        group.addTask {
                            let page = try await Customer(at: shop, browser).get("/cart", [.accept: "text/html"])
                            #expect(page.status == 503)
                            #expect(page.body.contains("You are still signed in") == isUser)
                        }
                    }
                    group.addTask {
                        let answer = try await customer.post("/visits")
                        #expect(answer.status == 503 && answer.setCookies == [])
                    }
                    group.addTask {
                        let answer = try await customer.signOut()
                        #expect(answer.status == 503 && answer.setCookies == [])
                    }
                    try await group.waitForAll()
                }
                #expect(customer.browser.jar.cookies == jar.cookies, "the cookie is left alone")
                server.resume()
                try await until("the shop is healthy again") { try await customer.get("/healthz").status == 200 }
                #expect(try await customer.session().principal == "ada")
                #expect(try await customer.cart().items == ["tea": 2])
                #expect(try await customer.visit() >= 1)
            }
        }

        @Test("/healthz is 503 while no write is possible, though pages can be read, and leaves nothing behind")
        func health() async throws {
            let server = try RedisProcess()
            try await server.start()
            try await withShop(on: "redis://127.0.0.1:\(server.port)") { shop in
                let customer = Customer(at: shop)
                #expect(try await customer.get("/healthz").status == 200)
                #expect(try server.cli("DBSIZE") == "0\n")
                #expect(try await customer.visit() == 1)
                try server.cli("CONFIG", "SET", "maxmemory", "100000")
                #expect(try await customer.get("/healthz").status == 503)
                #expect(try await customer.session().id != nil)
                try server.cli("CONFIG", "SET", "maxmemory", "0")
                #expect(try await customer.get("/healthz").status == 200)
            }
        }

        /// What a Redis that keeps snapshots alone loses when it is killed is undone, as if nobody had ever asked for it.
        @Test("What Redis loses goes back in time")
        func whatRedisLosesGoesBackInTime() async throws {
            let server = try RedisProcess(["--appendonly", "no"])
            try await server.start()
            try await withShop(on: "redis://127.0.0.1:\(server.port)") { shop in
                let names = ["signs in", "signs out", "renews", "visits", "comes later"]
                let customers = Dictionary(uniqueKeysWithValues: names.map { ($0, Customer(at: shop)) })
                func customer(_ name: String) throws -> Customer { try #require(customers[name]) }
                for name in names.dropLast() { #expect(try await customer(name).visit() == 1) }
                for name in ["signs out", "renews"] { try await customer(name).signIn().expect(303) }
                let visitor = Customer(at: shop, try customer("signs in").browser.copy())
                let leaver = Customer(at: shop, try customer("signs out").browser.copy())
                try server.cli("SAVE")
                try await customer("signs in").signIn("grace").expect(303)
                try await customer("signs out").signOut().expect(303)
                #expect(try await customer("renews").post("/lab/renew").body == "renewed\n")
                #expect(try await customer("visits").visit() == 2)
                #expect(try await customer("comes later").visit() == 1)
                server.kill()
                try await server.start()

                #expect(try await customer("signs in").session().id == nil, "a sign-in that is undone gives nothing")
                let old = try await visitor.session()
                #expect(old.id != nil && old.principal == nil, "the visitor is a visitor again")
                #expect(try await leaver.session().principal == "ada", "a sign-out is undone")
                let renewed = try await customer("renews").session()
                #expect(renewed.id == nil && renewed.ended?.reason == "suspected-theft")
                #expect(try await customer("visits").visit() == 2)
                let later = try customer("comes later")
                let lost = later.browser.visitorToken
                #expect(try await later.session().id == nil)
                #expect(try await later.visit() == 1)
                #expect(later.browser.visitorToken?.prefix(21) != lost?.prefix(21), "a lost session is not made anew")
            }
        }
    }
}

extension Customer {
    fileprivate func visitStatus() async throws -> Int { try await post("/visits").status }
}
