import SessionsTesting
import Testing

@testable import Sessions

@Suite("What users and operators may see of a session", .timeLimit(.minutes(10)))
struct SessionInfoTests {
    @Test("SessionInfo has every value that a page shows")
    func fields() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let start = bench.clock.now
        try await visitor.visit { session in
            #expect(session.info == nil)
            try session.set(.b, to: 12)
            try session.set(SessionKey<String>("é"), to: "é")
            try session.set(.a, to: 1)
        }
        bench.clock.advance(by: .seconds(7))
        try await visitor.visit {
            try await $0.signIn(
                try Principal("ada"), timeouts: .init(idle: .minutes(10), absolute: .hours(2), isPersistent: true),
                by: .password)
        }
        var own: SessionInfo?
        try await visitor.visit { own = $0.info }
        let id = try #require(own?.id)
        let found = try #require(try await bench.manager.find(id))
        for info in [try #require(own), found, try #require(try await bench.manager.list().sessions.first)] {
            #expect(info.id == id && info.realm == .default && info.principal?.name == "ada")
            #expect(info.createdAt == start && info.lastUsedAt == start + .seconds(7))
            // The touch interval is a tenth of the idle timeout, at most a minute.
            #expect(info.idleDeadline == start + .seconds(7) + .minutes(10) + .minutes(1))
            #expect(info.absoluteDeadline == start + .seconds(7) + .hours(2))
            #expect(info.authenticatedAt == start + .seconds(7))
            #expect(info.authentications == [.init(.password, at: start + .seconds(7))])
            #expect(info.generation == 2 && info.carrier == .cookie && info.isPersistent && info.end == nil)
            let attributes = [("a", 1), ("b", 2), ("é", 4)].map { SessionInfo.Attribute(name: $0, size: $1) }
            #expect(info.attributes == attributes)
            let (a, text, none) = (
                try info.value(.a), try info.value(SessionKey<String>("é")), try info.value(SessionKey<Int>("none"))
            )
            #expect(a == 1 && text == "é" && none == nil)
            let error = #expect(throws: SessionError.self) { try info.value(SessionKey<String>("a")) }
            #expect(error?.code == .corrupt)
            let deadline = start + .seconds(7) + .minutes(11)
            #expect(info.end(at: deadline - .milliseconds(1)) == nil)
            #expect(info.end(at: deadline) == SessionEnd(reason: .expired, at: deadline))
        }
        #expect(own?.idleDeadline == found.idleDeadline)
    }

    @Test("Without an idle timeout there is no idle deadline")
    func noIdle() async throws {
        let bench = try Bench { $0.timeouts = .init(idle: nil, absolute: .hours(1)) }
        let visitor = try await bench.signedIn()
        try await visitor.visit { session in
            #expect(session.info?.idleDeadline == nil)
            #expect(session.info?.absoluteDeadline == bench.clock.now + .hours(1))
            #expect(session.info?.isPersistent == false)
        }
    }

    @Test("An operator finds out why a session ended for as long as its tombstone is kept")
    func ended() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await visitor.visit { try $0.set(.a, to: 1) }
        let id = try #require(try await visitor.look().id)
        bench.clock.advance(by: .seconds(3))
        let end = SessionEnd(reason: .endedByOperator, at: bench.clock.now)
        #expect(try await bench.manager.end(id))
        let found = try #require(try await bench.manager.find(id))
        #expect(found.end == end && found.end(at: end.at + .days(1)) == end)
        #expect(found.principal?.name == "ada" && found.attributes.isEmpty)
        // The explanation window, and the difference that clocks may have.
        bench.clock.advance(by: .hours(1) + .milliseconds(4_999))
        _ = try await bench.store.sweep(at: bench.clock.now, limit: 10)
        #expect(try await bench.manager.find(id)?.end == end)
        bench.clock.advance(by: .milliseconds(1))
        _ = try await bench.store.sweep(at: bench.clock.now, limit: 10)
        #expect(try await bench.manager.find(id) == nil)
        #expect(try await bench.manager.find(.sample(99)) == nil)
    }

    @Test("Lists have the newest session first, and of two made at once the one with the larger ID")
    func order() async throws {
        let bench = try Bench()
        for index in 0..<6 {
            _ = try await bench.signedIn()
            if index % 2 == 1 { bench.clock.advance(by: .seconds(1)) }
        }
        let listed = try await bench.manager.list(of: try Principal("ada"))
        #expect(listed.count == 6)
        let start = bench.clock.now
        #expect(listed.map { (start - $0.createdAt).milliseconds } == [1000, 1000, 2000, 2000, 3000, 3000])
        for pair in [0, 2, 4] { #expect(listed[pair].id > listed[pair + 1].id) }
        let all = try await bench.manager.list()
        #expect(all.sessions.map(\.id) == listed.map(\.id) && all.next == nil)
        let page = try await bench.manager.list(limit: 4)
        #expect(page.sessions.count == 4 && page.next != nil)
        let rest = try await bench.manager.list(limit: 4, after: page.next)
        #expect(Set((page.sessions + rest.sessions).map(\.id)) == Set(listed.map(\.id)) && rest.sessions.count == 2)
    }

    @Test("A user ends a session of their own by its ID, and no other user's")
    func endOwn() async throws {
        let bench = try Bench()
        let (ada, grace) = (try await bench.signedIn("ada"), try await bench.signedIn("grace"))
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let graces = try #require(try await grace.look().id)
        let visitors = try #require(try await visitor.look().id)
        for id in [graces, visitors, .sample(99)] {
            #expect(try await bench.manager.end(id, of: try Principal("ada")) == false)
        }
        #expect(try await grace.look().principal == "grace")
        #expect(try await visitor.look().id == visitors)
        let adas = try #require(try await ada.look().id)
        #expect(try await bench.manager.end(adas, of: try Principal("ada")))
        #expect(try await bench.manager.end(adas, of: try Principal("ada")) == false)
        #expect(try await bench.manager.end(adas) == false)
        #expect(try await ada.look().ended == .endedByUser)
    }

    @Test("G7: SessionInfo prints no digest and no nonce, however it is printed")
    func redacted() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await visitor.visit { try await $0.renew() }
        let id = try #require(try await visitor.look().id)
        let record = try #require(try await bench.store.load(id, at: bench.clock.now))
        let previous = try #require(record.previous)
        let info = try #require(try await bench.manager.find(id))
        var text = "\(info) \(String(reflecting: info)) "
        dump(info, to: &text)
        var page = ""
        dump(try await bench.manager.list(), to: &page)
        text += page
        #expect(text.contains(id.description))
        let words = [record.secretDigest, record.familyDigest, previous.digest].flatMap {
            [$0.block.first.high, $0.block.first.low, $0.block.second.high, $0.block.second.low]
        }
        for word in words + [previous.nonce.block.high, previous.nonce.block.low] {
            #expect(!text.contains(String(word)) && !text.contains(String(word, radix: 16)))
        }
    }
}
