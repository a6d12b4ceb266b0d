import Foundation
import HTTPTypes
import Processes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("Processes", .timeLimit(.minutes(10))) struct ProcessTests {
        private func shop(on path: String, _ more: String...) async throws -> ShopProcess {
            try await ShopProcess.open(["--store", "sqlite:\(path)/shop.db", "--lab"] + more)
        }

        @Test func aKilledShopLosesNothingThatItHasAnswered() async throws {
            await Turnstile.shared.enter()
            defer { Turnstile.shared.leave() }
            try await withDirectory { path in
                let first = try await shop(on: path)
                defer { first.signal(SIGKILL) }
                let customer = Customer(at: first)
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                try await customer.signIn()
                try await customer.put("note", "\"kept\"").expect(204)
                let other = Customer(at: first)
                try await other.signIn("grace")
                try await other.signOut().expect(303)
                let gone = other.browser.jar
                let late = Customer(at: first)
                try await late.signIn("grace")
                try await first.killNow()
                #expect(try await first.exit() == .signal(SIGKILL))
                await #expect(throws: (any Error).self) { try await customer.session() }

                let second = try await shop(on: path)
                defer { second.signal(SIGKILL) }
                let back = customer.moved(to: second)
                #expect(try await back.session().principal == "ada")
                #expect(try await back.cart().items == ["tea": 2])
                #expect(try await back.attribute("note") == "\"kept\"")
                #expect(try await late.moved(to: second).session().principal == "grace")
                #expect(gone.cookies.isEmpty)
                second.signal(SIGTERM)
                #expect(try await second.exit() == .status(0))
            }
        }

        /// What a shop answers once the file is free.
        ///
        /// A flush of the other shop's that takes longer than a second, on a disk with much else to do, makes the file count as
        /// locked: a write is then refused with 503, and has not happened.
        private func whenFree(_ send: () async throws -> Answer) async throws -> Answer {
            var answer = try await send()
            try await until("the file is free") {
                if answer.status == 503 { answer = try await send() }
                return answer.status != 503
            }
            return answer
        }

        @Test func twoShopsOnOneFileAreOneShop() async throws {
            await Turnstile.shared.enter()
            defer { Turnstile.shared.leave() }
            try await withDirectory { path in
                let (one, two) = (try await shop(on: path), try await shop(on: path))
                defer {
                    one.signal(SIGKILL)
                    two.signal(SIGKILL)
                }
                let here = Customer(at: one)
                let there = here.moved(to: two)
                try await whenFree { try await here.post("/cart", "product=cup&quantity=3") }.expect(303)
                let cart = try await whenFree { try await there.get("/cart", [.accept: "application/json"]) }
                #expect(
                    try cart.decoded() == Cart(items: ["cup": 3], flash: ["Added 3 × Stoneware cup to your cart."]))
                #expect(try await here.cart().flash == [])
                try await whenFree { try await here.signIn() }.expect(303)
                #expect(try await there.session().principal == "ada")
                #expect(try await there.cart().items == ["cup": 3])
                let visits = try await withThrowingTaskGroup(of: [String: Int].self) { group in
                    for number in 0..<20 {
                        let customer = number % 2 == 0 ? here : there
                        group.addTask { try await whenFree { try await customer.post("/visits") }.decoded() }
                    }
                    return try await group.reduce(into: []) { $0.append($1["visits"]) }
                }
                #expect(Set(visits) == Set(1...20) && visits.count == 20)
                let thief = Customer(at: one, here.browser.copy())
                try await whenFree { try await there.signOut() }.expect(303)
                #expect(try await thief.session().ended?.reason == "signed-out")
                #expect(try await thief.get("/account").location == "/sign-in")
            }
        }

        @Test func aShopThatIsToldToStopAnswersWhatItHasBegun() async throws {
            await Turnstile.shared.enter()
            defer { Turnstile.shared.leave() }
            try await withDirectory { path in
                let first = try await shop(on: path, "--touch-interval", "1ms")
                defer { first.signal(SIGKILL) }
                let customer = Customer(at: first)
                try await customer.signIn()
                try await customer.put("a", "0").expect(204)
                var lastUse = try await customer.lastUse()
                func untilBegun(_ what: String) async throws {
                    let before = lastUse
                    try await until("the \(what) has begun") {
                        lastUse = try await customer.lastUse()
                        return lastUse != before
                    }
                }
                async let set = customer.put("a", "1", query: "?hold=2s")
                try await untilBegun("set")
                async let read = customer.get("/lab/attributes/a?hold=2s")
                try await untilBegun("read")
                first.signal(SIGTERM)
                #expect(try await set.status == 204)
                #expect(try await read.status == 200)
                #expect(try await first.exit() == .status(0))
                let second = try await shop(on: path)
                defer { second.signal(SIGKILL) }
                #expect(try await customer.moved(to: second).attribute("a") == "1")
            }
        }

        @Test func aShopInMemoryStopsToo() async throws {
            await Turnstile.shared.enter()
            defer { Turnstile.shared.leave() }
            let shop = try await ShopProcess.open(["--store", "memory"])
            defer { shop.signal(SIGKILL) }
            #expect(shop.output.wholeMatch(of: /The shop is open at http:\/\/127\.0\.0\.1:\d+\/\n/) != nil)
            // A connection that is kept open must not keep the shop open.
            #expect(try await Customer(at: shop).visit() == 1)
            shop.signal(SIGTERM)
            #expect(try await shop.exit() == .status(0))
            #expect(shop.errors == "")
        }
    }
}
