import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("G4, G9, G10: writes are kept, told, or refused", .timeLimit(.minutes(10)))
struct WriteTests {
    @Test("R-3: concurrent requests that set different attributes both keep their writes")
    func differentAttributes() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let first = visitor.send(), second = visitor.send()
        try await first.session().set(.a, to: 1)
        try await second.session().set(.b, to: 2)
        await visitor.finish(first)
        await visitor.finish(second)
        try await visitor.visit { session in
            let (a, b) = (try session.value(.a), try session.value(.b))
            #expect(a == 1 && b == 2)
        }
    }

    @Test("A thousand concurrent updates all count")
    func updates() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let handles = (0..<100).map { _ in visitor.send().handle }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for handle in handles {
                group.addTask {
                    for _ in 0..<10 { try await handle.session().update(.n, default: 0) { $0 += 1 } }
                }
            }
            try await group.waitForAll()
        }
        try await visitor.visit { session in
            let n = try session.value(.n)
            #expect(n == 1000)
        }
    }

    @Test("set, then update, then set in one request never reorder")
    func order() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await visitor.visit { session in
            try session.set(.n, to: 5)
            let six = try await session.update(.n, default: 0) {
                $0 += 1; return $0
            }
            #expect(six == 6)
        }
        try await visitor.visit { session in
            let n = try session.value(.n)
            #expect(n == 6)
            try session.remove(.n)
            let one = try await session.update(.n, default: 0) {
                $0 += 1; return $0
            }
            #expect(one == 1)
            try session.set(.n, to: 9)
        }
        try await visitor.visit { session in
            let n = try session.value(.n)
            #expect(n == 9)
        }
    }

    @Test("Two Unicode spellings of one name are two attributes, in one request and in two")
    func spellings() async throws {
        let bench = try Bench()
        let (composed, decomposed) = (SessionKey<Int>("caf\u{e9}"), SessionKey<Int>("cafe\u{301}"))
        let names = [decomposed.name, composed.name].map { Array($0.utf8) }
        for isStranger in [true, false] {
            let visitor = isStranger ? bench.visitor : try await bench.signedIn()
            try await visitor.visit { session in
                try session.set(composed, to: 1)
                try session.set(decomposed, to: 2)
                try await session.save { try $0.set(SessionKey<Int>("cafe"), to: 3) }
                try session.set(composed, to: 4)
            }
            try await visitor.visit { session in
                let values = [try session.value(composed), try session.value(decomposed)]
                #expect(values == [4, 2])
                #expect(session.attributeNames.map { Array($0.utf8) } == [Array("cafe".utf8)] + names)
                try session.remove(decomposed)
                #expect(session.attributeNames.map { Array($0.utf8) } == [Array("cafe".utf8), names[1]])
            }
            try await visitor.visit { session in
                let values = [try session.value(composed), try session.value(decomposed)]
                #expect(values == [4, nil])
                _ = try await session.update(decomposed, default: 10) { $0 += 1 }
            }
            try await visitor.visit { session in
                let values = [try session.value(composed), try session.value(decomposed)]
                #expect(values == [4, 11])
            }
        }
    }

    @Test(
        "G4: a stored value of an optional type is read as it was written, and updated from it",
        arguments: [false, true])
    func optionalTypes(_ isRead: Bool) async throws {
        struct Cart: Codable, Equatable, Sendable { var items: [String] }
        let bench = try Bench()
        let visitor = bench.visitor
        let (list, cart) = (SessionKey<[String]?>("list"), SessionKey<Cart?>("cart"))
        try await visitor.visit { session in
            try session.set(list, to: ["tea"])
            try session.set(cart, to: Cart(items: ["cup"]))
        }
        try await visitor.visit { session in
            if isRead {
                let (first, second) = (try session.value(list), try session.value(cart))
                #expect(first == .some(["tea"]) && second == .some(Cart(items: ["cup"])))
            }
            _ = try await session.update(list, default: nil) { $0?.append("pot") }
            _ = try await session.update(cart, default: nil) { $0?.items.append("pot") }
        }
        try await visitor.visit { session in
            let (first, second) = (try session.value(list), try session.value(cart))
            #expect(first == .some(["tea", "pot"]) && second == .some(Cart(items: ["cup", "pot"])))
            try session.set(list, to: nil)
        }
        try await visitor.visit { session in
            let first = try session.value(list)
            #expect(first == .some(nil))
        }
    }

    @Test("A save that removes what a stranger's request has set makes no session, and nothing comes back at the end")
    func saveThatRemoves() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let response = try await visitor.visit { session in
            try session.set(.a, to: 1)
            try await session.save { try $0.remove(.a) }
            let a = try session.value(.a)
            #expect(a == nil)
        }
        #expect(response.setCookies.isEmpty && bench.recording.calls.isEmpty)
    }

    @Test("A flash message is read once")
    func flash() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try await $0.flash("hello") }
        let first = visitor.send(), second = visitor.send()
        let (one, two) = (try await first.session(), try await second.session())
        let seen = (try await one.takeFlash(), try await two.takeFlash())
        #expect(seen == ([FlashMessage("hello")], []))
    }

    @Test("A commit whose outcome is unknown is never retried: the request gets 503 and its cookie stays")
    func lostAnswer() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        bench.faulty.follow { operation, _ in operation == .commit ? .loseAnswer : .pass }
        let request = visitor.send()
        let session = try await request.session()
        let error = await #expect(throws: SessionError.self) { try await session.update(.n, default: 0) { $0 += 1 } }
        #expect(error?.code == .unavailable)
        bench.faulty.follow { _, _ in .pass }
        try await visitor.visit { session in
            let n = try session.value(.n)
            #expect(n == 1)
        }
    }

    @Test("A response carries a new token only after the store has acknowledged it")
    func toldIsKept() async throws {
        for fault in [FaultyStore.Fault.fail, .loseAnswer] {
            let bench = try Bench()
            bench.faulty.follow { operation, _ in operation == .create ? fault : .pass }
            let response = try await bench.visitor.visit { try $0.set(.a, to: 1) }
            #expect(response.error?.code.status == .serviceUnavailable && response.setCookies.isEmpty)
        }
    }

    @Test("A-16.5.2: a store that is down is no sign-out, and the session works when it is back")
    func outage() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let jar = visitor.jar
        bench.faulty.follow { _, _ in .fail }
        let request = visitor.send()
        let error = await #expect(throws: SessionError.self) { try await request.session() }
        #expect(error?.code == .unavailable)
        #expect(await visitor.finish(request, status: .serviceUnavailable).setCookies.isEmpty && visitor.jar == jar)
        bench.faulty.follow { _, _ in .pass }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("While the store is down, a route that asks for it gets an empty session, which can be read and not written")
    func sessionOrNobody() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        bench.faulty.follow { _, _ in .fail }
        let request = visitor.send()
        let session = try await request.handle.sessionOrNobody()
        let a = try session.value(.a)
        #expect(!session.isAvailable && session.principal == nil && a == nil)
        #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        await #expect(throws: SessionError.self) { try await session.signIn(try Principal("grace")) }
        await #expect(throws: SessionError.self) { try await session.end() }
        // Who insists in the same request is not told that there is nobody.
        await #expect(throws: SessionError.self) { try await request.session() }
        let response = await visitor.finish(request)
        #expect(response.error == nil && response.setCookies.isEmpty)
        #expect(response.fields[.cacheControl] == "no-store")
        bench.faulty.follow { _, _ in .pass }
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A 5xx discards what was buffered; a 4xx does not; what acted at once stays done")
    func statuses() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await visitor.visit(status: .internalServerError) { session in
            try session.set(.a, to: 1)
            try await session.update(.n, default: 0) { $0 += 1 }
        }
        try await visitor.visit(status: .unprocessableContent) { try $0.set(.b, to: 1) }
        try await visitor.visit { session in
            let (a, b, n) = (try session.value(.a), try session.value(.b), try session.value(.n))
            #expect(a == nil && b == 1 && n == 1)
        }
        let response = try await visitor.visit(status: .internalServerError) { try await $0.end() }
        #expect(response.setCookies.contains { $0.hasPrefix("__Host-Http-id=;") })
    }

    @Test("After the head is out, set throws, update, save and end work, and no new token can be made")
    func sealed() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        await visitor.finish(request)
        let late = #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        #expect(late?.code == .sealed)
        await #expect(throws: SessionError.self) { try await session.stepUp() }
        try await session.update(.n, default: 0) { $0 += 1 }
        try await session.save { try $0.set(.a, to: 7) }
        try await visitor.visit { session in
            let (a, n) = (try session.value(.a), try session.value(.n))
            #expect(a == 7 && n == 1)
        }
        try await session.end()
        #expect(try await visitor.look().ended == .signedOut)

        let stranger = bench.visitor.send()
        let nobody = try await stranger.session()
        _ = await stranger.handle.finish(status: .ok)
        let error = await #expect(throws: SessionError.self) { try await nobody.update(.n, default: 0) { $0 += 1 } }
        #expect(error?.code == .sealed)
    }

    @Test("A set while the request's writes are on their way is refused, not lost")
    func setWhileFinishing() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        try session.set(.a, to: 1)
        bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        let handle = request.handle
        let finish = Task { await handle.finish(status: .ok).error }
        await bench.faulty.untilHanging()
        let error = #expect(throws: SessionError.self) { try session.set(.b, to: 2) }
        #expect(error?.code == .sealed)
        bench.faulty.release()
        #expect(await finish.value == nil)
    }

    @Test("What a 5xx has discarded is not written by a late save")
    func saveAfterDiscard() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        try session.set(.a, to: 1)
        await visitor.finish(request, status: .internalServerError)
        try await session.save { try $0.set(.b, to: 1) }
        try await visitor.visit { session in #expect(session.attributeNames == ["b"]) }
    }

    @Test("A step-up keeps the session's own timeouts, and begins them again")
    func stepUpTimeouts() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit {
            try await $0.signIn(try Principal("ada"), timeouts: .init(idle: .minutes(5), absolute: .hours(1)))
        }
        bench.clock.advance(by: .minutes(4))
        try await visitor.visit { try await $0.stepUp() }
        try await visitor.visit { session in
            #expect(session.info?.absoluteDeadline == bench.clock.now + .hours(1))
            // Idle timeout and touch interval, which is a tenth of it.
            #expect(session.info?.idleDeadline == bench.clock.now + .minutes(5) + .seconds(30))
        }
        bench.clock.advance(by: .minutes(20))
        #expect(try await visitor.look().principal == nil)
    }

    @Test("A step-up of a remembered session keeps its cookie for as long as a sign-in does")
    func stepUpOfRemembered() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try await $0.signIn(try Principal("ada"), remember: true) }
        bench.clock.advance(by: .minutes(5))
        let response = try await visitor.visit { try await $0.stepUp() }
        #expect(response.setCookies.count == 1 && response.setCookies[0].contains("; Max-Age=2592000; "))
        try await visitor.visit { #expect($0.info?.isPersistent == true) }
    }

    @Test("G7: neither an outcome nor a session prints a token")
    func redactedOutcome() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let response = try await visitor.visit { try $0.set(.a, to: 1) }
        let token = try #require(visitor.visitorToken)
        let session = try await visitor.send().session()
        var text = "\(response.outcome) \(session)"
        dump(response.outcome, to: &text)
        dump(session, to: &text)
        #expect(!text.contains(token.suffix(40)))
    }
}
