#if Postgres
    import Foundation
    import PostgresServers
    import Processes
    import RedisServers
    import ShopDriver
    import Testing

    extension ShopTests {
        /// Shops on PostgreSQL servers of their own, with their usual settings.
        @Suite("PostgreSQL", .timeLimit(.minutes(10))) struct PostgresTests {
            private func server(tls authority: TestAuthority? = nil) async throws -> PostgresProcess {
                let server = try PostgresProcess(["fsync=on"], tls: authority)
                try await server.initialize()
                try await server.start()
                return server
            }

            @Test("A shop on PostgreSQL, over TLS too, signs users in and out, and operators see who is signed in")
            func visits() async throws {
                let authority = try TestAuthority()
                let server = try await server(tls: authority)
                let secure = "?sslmode=verify-full&sslrootcert=\(authority.authorityFile)"
                for url in [server.url(), "postgresql://postgres@localhost:\(server.port)/postgres\(secure)"] {
                    try await withShop(on: url) { shop in
                        let customer = Customer(at: shop)
                        try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                        let before = Customer(at: shop, customer.browser.copy())
                        try await customer.signIn().expect(303)
                        #expect(try await customer.session().principal == "ada")
                        #expect(try await customer.cart().items == ["tea": 2])
                        #expect(try await before.session().principal == nil, "the token from before is dead")
                        let signedIn = "SELECT count(*) FROM sessions WHERE principal IS NOT NULL AND ended_at IS NULL"
                        #expect(try server.sql(signedIn) == "1")
                        #expect(
                            try server.sql(
                                "SELECT attributes ? 'shop.cart' FROM sessions WHERE principal = 'ada' AND ended_at IS NULL"
                            )
                                == "t")
                        try await customer.signOut().expect(303)
                        #expect(try server.sql(signedIn) == "0")
                        #expect(try await customer.get("/healthz").status == 200)
                    }
                }
            }

            @Test("A shop on a PostgreSQL that it can't use says why in one line, without the password")
            func refusal() async throws {
                await Turnstile.shared.enter()
                defer { Turnstile.shared.leave() }
                let server = try await server()
                try server.sql("CREATE ROLE locked LOGIN PASSWORD 'right' IN ROLE \(Self.proven(server))")
                let url = "postgres://locked:secret-word@127.0.0.1:\(server.port)/postgres"
                let shop = try ShopProcess(arguments: ["--port", "0", "--store", url])
                defer { shop.signal(SIGKILL) }
                #expect(try await shop.exit() == .status(1))
                #expect(shop.errors.contains("check the user and the password"), "\(shop.errors)")
                #expect(!shop.errors.contains("secret-word") && shop.output == "", "\(shop.errors)")
                #expect(shop.errors.split(separator: "\n").count == 1, "\(shop.errors)")
            }

            /// The role whose members must prove who they are.
            private static func proven(_ server: PostgresProcess) throws -> String {
                try server.sql("CREATE ROLE proven")
                return "proven"
            }

            @Test("G10: PostgreSQL is lost for a while, and no user is signed out")
            func anOutageSignsNobodyOut() async throws {
                let server = try await server()
                try await withShop(on: server.url()) { shop in
                    let customer = Customer(at: shop)
                    try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                    try await customer.signIn().expect(303)
                    let token = customer.browser.signedInToken
                    server.kill()
                    // A stranger's shelf takes no store call.
                    let shelf = try await Customer(at: shop).get("/")
                    #expect(shelf.status == 200 && shelf.setCookies == [])
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for path in ["/session", "/cart", "/account", "/healthz"] {
                            group.addTask {
                                let answer = try await Customer(at: shop, customer.browser.copy()).get(path)
                                #expect(answer.status == 503 && answer.setCookies == [], "\(path)")
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(token != nil && customer.browser.signedInToken == token)
                    try await server.start()
                    try await until("the shop is healthy again") { try await customer.get("/healthz").status == 200 }
                    #expect(try await customer.session().principal == "ada")
                    #expect(try await customer.cart().items == ["tea": 2])
                }
            }
        }
    }
#endif
