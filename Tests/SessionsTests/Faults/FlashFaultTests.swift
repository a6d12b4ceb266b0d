import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Messages for the next page that other systems lose or pile up", .timeLimit(.minutes(10)))
struct FlashFaultTests {
    private let flash = SessionKey<[FlashMessage]>.flash

    private func session(
        of visitor: Visitor, method: HTTPRequest.Method = .get, _ fields: [String: String] = [:]
    ) async throws -> (SessionHandle, Session) {
        var request = HTTPRequest(method: method, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = visitor.jar.map { "\($0)=\($1)" }.joined(separator: "; ")
        for (name, value) in fields { request.headerFields[try #require(HTTPField.Name(name))] = value }
        let handle = visitor.manager.begin(request, over: .init(peer: .local, isTLS: true))
        return (handle, try await handle.session())
    }

    private func taken(by visitor: Visitor) async throws -> [String] {
        var texts: [String] = []
        try await visitor.visit { texts = try await $0.takeFlash().map(\.text) }
        return texts
    }

    @Test(
        "What no user looks at leaves the message for the page that a user opens",
        arguments: [
            ("Sec-Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"),
            ("Sec-Purpose", "prefetch;anonymous-client-ip"), ("Sec-Purpose", "Prefetch ; prerender"),
            ("Purpose", "prefetch"), ("Purpose", "PREFETCH"), ("X-Purpose", "preview"), ("X-Moz", "prefetch"),
        ])
    func prefetch(_ name: String, _ value: String) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try await $0.flash("saved") }
        let (handle, session) = try await session(of: visitor, [name: value])
        bench.recording.reset()
        #expect(try await session.takeFlash() == ["saved"])
        _ = await handle.finish(status: .ok)
        #expect(bench.recording.calls.isEmpty)
        #expect(try await taken(by: visitor) == ["saved"])
        #expect(try await taken(by: visitor) == [])
    }

    @Test("HEAD leaves the message; other purposes and methods take it")
    func head() async throws {
        let bench = try Bench()
        for (method, fields, isTaken) in [
            (.head, [:], false), (.get, [:], true), (.post, [:], true), (.get, ["Sec-Purpose": "navigate"], true),
            (.get, ["Sec-Purpose": "prefetched"], true), (.get, ["Sec-Fetch-Mode": "prefetch"], true),
        ] as [(HTTPRequest.Method, [String: String], Bool)] {
            let visitor = bench.visitor
            try await visitor.visit { try await $0.flash("saved") }
            let (handle, session) = try await session(of: visitor, method: method, fields)
            #expect(try await session.takeFlash() == ["saved"])
            _ = await handle.finish(status: .ok)
            #expect(try await taken(by: visitor) == (isTaken ? [] : ["saved"]), "\(method) \(fields)")
        }
    }

    @Test("The newest sixteen messages are kept, in their order")
    func sixteen() async throws {
        let visitor = try Bench().visitor
        for number in 1...16 { try await visitor.visit { try await $0.flash("\(number)") } }
        var kept: [FlashMessage]?
        try await visitor.visit { kept = try $0.value(flash) }
        #expect(kept?.map(\.text) == (1...16).map { "\($0)" })
        try await visitor.visit { try await $0.flash("17") }
        #expect(try await taken(by: visitor) == (2...17).map { "\($0)" })
    }

    @Test("Of messages the newest that fit are kept: into an attribute, and into what the session leaves")
    func newestThatFit() async throws {
        let store = MemorySessionStore(limits: .init(attributeBytes: 1000, sessionBytes: 1500, attributeCount: 3))
        let visitor = Visitor(try SessionManager(store: store))
        let text = String(repeating: "x", count: 400)
        for number in 1...5 { try await visitor.visit { try await $0.flash("\(number)\(text)") } }
        #expect(try await taken(by: visitor).map { String($0.prefix(1)) } == ["4", "5"])
        try await visitor.visit { try await $0.flash("5\(text)") }
        // Buffered in the same request: it counts as well.
        try await visitor.visit { session in
            try session.set(.note, to: String(repeating: "n", count: 900))
            try await session.flash("6\(text)")
        }
        #expect(try await taken(by: visitor).map { String($0.prefix(1)) } == ["6"])
    }

    @Test("Where the session is full, by bytes or by attributes, a message is left out and nothing fails")
    func full() async throws {
        for limits in [
            SessionLimits(attributeBytes: 1000, sessionBytes: 1000, attributeCount: 64),
            SessionLimits(attributeBytes: 1000, sessionBytes: 5000, attributeCount: 1),
        ] {
            let visitor = Visitor(try SessionManager(store: MemorySessionStore(limits: limits)))
            try await visitor.visit { try $0.set(.note, to: String(repeating: "n", count: 980)) }
            let response = try await visitor.visit { session in
                try await session.flash("saved")
                try await session.update(.note, default: "", flash: "changed") { _ = $0.removeLast() }
            }
            #expect(response.error == nil)
            var note: String?
            try await visitor.visit { note = try $0.value(.note) }
            #expect(note?.count == 979)
            #expect(try await taken(by: visitor) == [])
        }
    }

    @Test("A message that is over an attribute's limit by itself is an error")
    func tooLong() async throws {
        let visitor = Visitor(try SessionManager(store: MemorySessionStore(limits: .init(attributeBytes: 1000))))
        try await visitor.visit { session in
            let error = await #expect(throws: SessionError.self) {
                try await session.flash(String(repeating: "x", count: 1000))
            }
            #expect(error?.code == .tooLarge)
            #expect(session.id == nil)
        }
    }

    @Test(
        "A session that another request fills meanwhile keeps the change and loses the message, in any store",
        arguments: [true, false])
    func filledMeanwhile(isInProcess: Bool) async throws {
        let store = MemorySessionStore(limits: .init(attributeBytes: 1000, sessionBytes: 1000, attributeCount: 64))
        let asked: any SessionStore = isInProcess ? store : FaultyStore(store)
        let visitor = Visitor(try SessionManager(store: asked))
        try await visitor.visit { try $0.set(.n, to: 1) }
        let request = visitor.send()
        let session = try await request.session()
        try await visitor.visit { try $0.set(.note, to: String(repeating: "n", count: 950)) }
        try await session.flash("saved")
        try await session.update(.n, default: 0, flash: "changed") { $0 += 1 }
        #expect(await visitor.finish(request).error == nil)
        var count: Int?
        try await visitor.visit { count = try $0.value(.n) }
        #expect(count == 2)
        #expect(try await taken(by: visitor) == [])
    }

    @Test("A change and its message are one commit, in a session that is there and in a new one")
    func together() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        for (number, call) in [(1, StoreOperation.create), (2, .commit)] {
            bench.recording.reset()
            try await visitor.visit { session in
                let value = try await session.update(.n, default: 0, flash: "now \(number)") { $0 += 1 }
                #expect(value == number)
            }
            #expect(bench.recording.calls.map(\.operation).filter { $0 != .load } == [call])
        }
        let (_, session) = try await session(of: visitor)
        let old = try await session.update(.n, default: 0, flash: FlashMessage("no", kind: .error)) { value in
            defer { value = 9 }
            return value
        }
        #expect(old == 2)
        #expect(try await taken(by: visitor) == ["now 1", "now 2", "no"])
    }

    @Test("Messages of concurrent changes are all kept", arguments: [true, false])
    func concurrent(isInProcess: Bool) async throws {
        let visitor = try isInProcess ? Visitor(SessionManager(store: MemorySessionStore())) : Bench().visitor
        try await visitor.visit { try $0.set(.n, to: 0) }
        let requests = (0..<8).map { _ in visitor.send() }
        for request in requests { _ = try await request.session() }
        for (number, request) in requests.enumerated() {
            try await request.session().update(.n, default: 0, flash: "\(number)") { $0 += 1 }
        }
        #expect(try await taken(by: visitor) == (0..<8).map { "\($0)" })
        var count: Int?
        try await visitor.visit { count = try $0.value(.n) }
        #expect(count == 8)
        // Another request's message alone, between this request's load and its change.
        let request = visitor.send()
        let session = try await request.session()
        try await visitor.visit { try await $0.flash("theirs") }
        try await session.update(.n, default: 0, flash: "ours") { $0 += 1 }
        #expect(try await taken(by: visitor) == ["theirs", "ours"])
    }

    @Test("Messages that can't be read any more make way for the next one")
    func unreadable() async throws {
        let visitor = try Bench().visitor
        try await visitor.visit { try $0.set(SessionKey<Int>("sessions.flash"), to: 1) }
        try await visitor.visit { try await $0.flash("saved") }
        #expect(try await taken(by: visitor) == ["saved"])
    }

    @Test("A message after the end is in a visitor's session on the next page, and the session before stays ended")
    func afterEnd() async throws {
        for isLeaving in [true, false] {
            let bench = try Bench()
            let visitor = try await bench.signedIn()
            let dead = visitor.jar
            let response = try await visitor.visit { session in
                try session.set(.a, to: 1)
                if isLeaving {
                    try await session.end(leaving: "You have signed out.")
                } else {
                    try await session.end()
                    try await session.flash("You have signed out.")
                }
            }
            #expect(response.error == nil && visitor.signedInToken == nil && visitor.visitorToken != nil)
            #expect(response.setCookies.map { $0.prefix { $0 != "=" } } == ["__Host-Http-id", "__Host-Http-visitor"])
            #expect(response.fields[HTTPField.Name("Clear-Site-Data")!] == "\"cache\", \"storage\"")
            #expect(try await visitor.look().principal == nil)
            #expect(try await taken(by: visitor) == ["You have signed out."])
            try await visitor.visit { #expect($0.attributeNames == []) }
            let old = Visitor(bench.manager, jar: dead)
            #expect(try await old.look().ended == .signedOut)
        }
    }

    @Test("After the end only a message begins a session: a set is still refused, and a late message is")
    func onlyMessages() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let request = visitor.send()
        let session = try await request.session()
        try await session.end()
        let ended = #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        #expect(ended?.code == .ended)
        await visitor.finish(request)
        let late = await #expect(throws: SessionError.self) { try await session.flash("too late") }
        #expect(late?.code == .ended)
        #expect(visitor.jar.isEmpty)
    }

    @Test("A sign-out doesn't fail because its message can't be left, which is an event")
    func messageFails() async throws {
        let bench = try Bench()
        let log = EventLog()
        let visitor = Visitor(
            try SessionManager(store: bench.faulty, clock: bench.clock, observers: [log]),
            jar: try await bench.signedIn().jar)
        bench.faulty.follow { operation, _ in operation == .create ? .fail(SessionError(.full, "no room")) : .pass }
        let response = try await visitor.visit { try await $0.end(leaving: "You have signed out.") }
        #expect(response.error == nil && visitor.jar.isEmpty)
        let events = log.takeEvents().filter { $0.kind != .storeFailed }
        #expect(events.map(\.kind) == [.ended(.signedOut), .writeRefused(.full)])
        #expect(events.last?.error?.code == .full)
    }

    @Test("A sign-out that leaves a message clears no cookies, since it brings one")
    func clearing() async throws {
        for (directives, expected) in [
            (["cookies", "cache"], "\"cache\""), (["*"], "\"cache\", \"storage\""), (["Cookies"], nil), ([], nil),
        ] as [([String], String?)] {
            let bench = try Bench { $0.clearSiteData = directives }
            let response = try await bench.signedIn().visit { try await $0.end(leaving: "Bye") }
            #expect(response.fields[HTTPField.Name("Clear-Site-Data")!] == expected)
        }
    }
}

extension SessionKey<String> {
    fileprivate static var note: Self { "note" }
}
