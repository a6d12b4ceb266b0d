import SessionsTesting
import Testing

@testable import Sessions

@Suite("Messages for the next page", .timeLimit(.minutes(10)))
struct FlashTests {
    @Test("Messages come in the order in which they were left, each with its kind, and once")
    func kinds() async throws {
        let visitor = try Bench().visitor
        let warning = FlashMessage.Kind(rawValue: "warning")
        try await visitor.visit { session in
            try await session.flash("saved")
            try await session.flash("lost", kind: .error)
        }
        try await visitor.visit { try await $0.flash("careful", kind: warning) }
        try await visitor.visit { session in
            let messages = try await session.takeFlash()
            #expect(
                messages == [
                    FlashMessage("saved", kind: .notice), FlashMessage("lost", kind: .error),
                    FlashMessage("careful", kind: warning),
                ])
            #expect(messages.map(\.text) == ["saved", "lost", "careful"])
            #expect(messages.map { "\($0.kind)" } == ["notice", "error", "warning"])
            let again = try await session.takeFlash()
            #expect(again.isEmpty)
        }
        try await visitor.visit { #expect($0.attributeNames.isEmpty) }
    }

    @Test("A message is kept as text and kind, so that another version can read it")
    func json() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try await $0.flash("lost", kind: .error) }
        let id = try #require(try await visitor.look().id)
        let stored = try await bench.store.load(id, at: bench.clock.now)
        let json = try #require(stored?.attributes["sessions.flash"]?.json)
        #expect(json.contains("\"text\":\"lost\"") && json.contains("\"kind\":\"error\""))
        try await visitor.visit {
            try await $0.save {
                try $0.set(SessionKey<[[String: String]]>("sessions.flash"), to: [["text": "old", "kind": "notice"]])
            }
        }
        try await visitor.visit { session in
            let messages = try await session.takeFlash()
            #expect(messages == [FlashMessage("old")])
        }
    }

    @Test("Messages that grow over an attribute's limit are refused, and those before are kept")
    func limit() async throws {
        let visitor = try Bench().visitor
        try await visitor.visit { session in
            try await session.flash("first")
            let error = await #expect(throws: SessionError.self) {
                try await session.flash(String(repeating: "x", count: 16_384))
            }
            #expect(error?.code == .tooLarge)
            let messages = try await session.takeFlash()
            #expect(messages == [FlashMessage("first")])
        }
    }

    @Test("What runs no code of the application throws nothing but a SessionError")
    func typedThrows() async throws {
        let session = try await Bench().visitor.send().session()
        // Each line compiles only while the function throws that type alone.
        let take: () async throws(SessionError) -> Int? = { () async throws(SessionError) in try await session.take(.a)
        }
        let flash: () async throws(SessionError) -> Void = { () async throws(SessionError) in
            try await session.flash("x")
        }
        let takeFlash: () async throws(SessionError) -> [FlashMessage] = session.takeFlash
        let value: () throws(SessionError) -> Int? = { () throws(SessionError) in try session.value(.a) }
        let set: () throws(SessionError) -> Void = { () throws(SessionError) in try session.set(.a, to: 1) }
        let renew: () async throws(SessionError) -> Bool = session.renew
        do {
            _ = (try await take(), try value())
            try await flash()
            #expect(try await takeFlash() == [FlashMessage("x")])
            try set()
            #expect(try await renew() == false)
        } catch {
            Issue.record("\(error.code)")
        }
    }

    @Test("An update throws what its closure throws, and nothing is written")
    func updateThrows() async throws {
        struct Refused: Error {}
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await visitor.visit { session in
            bench.recording.reset()
            await #expect(throws: Refused.self) {
                try await session.update(.n, default: 0) { (_: inout Int) throws -> Void in throw Refused() }
            }
            #expect(bench.recording.calls.isEmpty)
            let n = try await session.update(.n, default: 4) { $0 += 1 }
            let old = try await session.update(.n, default: 0) { value in
                defer { value = 9 }
                return value
            }
            let now = try session.value(.n)
            #expect(n == 5 && old == 5 && now == 9)
        }
    }
}
