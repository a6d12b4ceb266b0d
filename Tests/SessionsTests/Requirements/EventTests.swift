import Foundation
import HTTPTypes
import Sessions
import SessionsTesting
import Synchronization
import Testing

@Suite("What is reported", .timeLimit(.minutes(10)))
struct EventTests {
    /// Keeps what a manager reports.
    private final class Log: Sendable {
        private let kept = Mutex<[SessionEvent]>([])
        func append(_ event: SessionEvent) { kept.withLock { $0.append(event) } }
        /// Since the last time.
        func take() -> [SessionEvent] {
            kept.withLock { kept in
                defer { kept = [] }
                return kept
            }
        }
    }

    @Test("LOG-1, H-6: each transition is one event, which has the ID and the principal and no token")
    func lifecycle() async throws {
        let clock = ManualClock()
        let log = Log()
        var configuration = SessionConfiguration()
        configuration.renewalInterval = nil
        let manager = try SessionManager(
            store: MemorySessionStore(), configuration: configuration, clock: clock,
            observers: [SessionEventHandler { log.append($0) }])
        let visitor = Visitor(manager)
        var tokens: [String] = []
        var described = ""
        func expect(_ kinds: [SessionEvent.Kind], sourceLocation: SourceLocation = #_sourceLocation) {
            let events = log.take()
            #expect(events.map(\.kind) == kinds, sourceLocation: sourceLocation)
            for event in events {
                #expect(event.id != nil && event.at == clock.now, sourceLocation: sourceLocation)
                described += "\(event)"
            }
            tokens += visitor.jar.values
        }
        try await visitor.visit { try $0.set(.a, to: 1) }
        expect([.created])
        try await visitor.visit { _ = try $0.value(.a) }
        expect([])
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        expect([.signedIn])
        try await visitor.visit { try await $0.stepUp() }
        expect([.steppedUp])
        try await visitor.visit { try await $0.renew() }
        expect([.renewed])
        let old = visitor.jar
        try await visitor.visit { try await $0.end() }
        expect([.ended(.signedOut)])
        visitor.jar = old
        _ = try await visitor.look()
        expect([.tokenRefused(.ended)])
        #expect(tokens.count >= 5)
        for token in tokens { #expect(!described.contains(token) && !described.contains(token.suffix(32))) }
    }

    @Test("DET-2: each way in which a token is no session has its own event")
    func refusals() async throws {
        let log = Log()
        let manager = try SessionManager(
            store: MemorySessionStore(), clock: ManualClock(), observers: [SessionEventHandler { log.append($0) }])
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        let token = try #require(visitor.visitorToken)
        let other = String(token.reversed())
        let cases: [(String, SessionEvent.Refusal)] = [
            ("__Host-Http-visitor=short", .malformed),
            ("__Host-Http-visitor=\(token); __Host-Http-visitor=\(other)", .ambiguous),
            ("__Host-Http-visitor=\(other)", .unknown),
            ("__Host-Http-id=\(token)", .misplaced),
        ]
        _ = log.take()
        for (cookie, refusal) in cases {
            let request = visitor.send(raw: cookie)
            #expect(try await request.session().id == nil)
            #expect(log.take().map(\.kind) == [.tokenRefused(refusal)])
        }
    }

    @Test("DET-2: a token that a look has refused is refused once, also where the request uses its session later")
    func refusedOnce() async throws {
        let log = Log()
        let bench = try Bench()
        let manager = try SessionManager(
            store: bench.recording, clock: bench.clock, observers: [SessionEventHandler { log.append($0) }])
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        let token = try #require(visitor.visitorToken)
        let unknown = String(token.reversed())
        for (cookie, refusal, isFound) in [
            ("__Host-Http-visitor=short", .malformed, false), ("__Host-Http-visitor=\(unknown)", .unknown, false),
            ("__Host-Http-id=short; __Host-Http-visitor=\(token)", .malformed, true),
            ("__Host-Http-id=\(token); __Host-Http-visitor=\(token)", .misplaced, true),
        ] as [(String, SessionEvent.Refusal, Bool)] {
            _ = log.take()
            bench.recording.reset()
            let request = visitor.send(raw: cookie)
            _ = try await request.handle.peek()
            #expect(try await (request.session().id != nil) == isFound)
            #expect(log.take().map(\.kind) == [.tokenRefused(refusal)], "\(cookie)")
            let loads = isFound ? (refusal == .misplaced ? 3 : 2) : refusal == .unknown ? 1 : 0
            #expect(bench.recording.operations == Array(repeating: .load, count: loads), "\(cookie)")
        }
    }

    @Test("H-1: time comes in through the clock; only what measures or waits reads another")
    func oneClock() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Sessions")
        var readers: [String] = []
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            if ["Date()", "Date.now", "ContinuousClock", "SuspendingClock", "gettime"].contains(where: text.contains) {
                readers.append(file.lastPathComponent)
            }
        }
        #expect(
            readers.sorted() == [
                "ObservedStore.swift", "RecentSessions.swift", "SessionClock.swift", "UpdateLines.swift",
            ])
    }
}
