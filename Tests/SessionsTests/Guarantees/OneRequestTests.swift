import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("G4, G9: tasks of one request that use its session at once", .timeLimit(.minutes(10)))
struct OneRequestTests {
    /// How many calls of the request wait for their turn.
    private func waiting(_ handle: SessionHandle) -> Int { handle.state.withLock { $0.turns.waiting.count } }

    private func add(_ session: Session) -> Task<Int, any Error> {
        Task { try await session.update(.n, default: 0) { $0 += 1 } }
    }

    @Test("The session is loaded once, however many ask for it before it is there")
    func loadedOnce() async throws {
        let bench = try Bench()
        let handle = try await bench.signedIn().send().handle
        bench.recording.reset()
        bench.faulty.follow { operation, call in operation == .load && call == 1 ? .hang : .pass }
        let first = Task { try await handle.session().principal?.name }
        await bench.faulty.untilHanging()
        let second = Task { try await handle.session().principal?.name }
        while waiting(handle) == 0, bench.recording.count(of: .load) < 2 { await Task.yield() }
        bench.faulty.release()
        #expect(try await [first.value, second.value] == ["ada", "ada"])
        #expect(bench.recording.count(of: .load) == 1)
    }

    @Test("A use that waits for a look is a use: the session is read once more, and its idle timeout begins anew")
    func useBesideALook() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(5))
        let request = visitor.send()
        bench.recording.reset()
        bench.faulty.follow { operation, call in operation == .load && call == 1 ? .hang : .pass }
        let look = Task { try await request.handle.peek().principal?.name }
        await bench.faulty.untilHanging()
        let use = Task { try await request.handle.session().principal?.name }
        while waiting(request.handle) == 0 { await Task.yield() }
        bench.faulty.release()
        #expect(try await [look.value, use.value] == ["ada", "ada"])
        #expect(bench.recording.count(of: .load) == 2)
        #expect(await visitor.finish(request).error == nil)
        let record = try await bench.store.list(.init(.all, limit: 1), at: bench.clock.now).records.first
        #expect(record?.lastUsedAt == bench.clock.now)
    }

    @Test("G4: two updates at once that build on a buffered value build on it one after the other")
    func updates() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let record = try #require(try await bench.store.list(.init(.all, limit: 1), at: bench.clock.now).records.first)
        let request = visitor.send()
        let session = try await request.session()
        try session.set(.n, to: 5)
        bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        let first = add(session)
        await bench.faulty.untilHanging()
        let second = add(session)
        while waiting(request.handle) == 0, bench.manager.updates.waiting(for: record) == 0 { await Task.yield() }
        bench.faulty.release()
        #expect(try await [first.value, second.value] == [6, 7])
        #expect(await visitor.finish(request).error == nil)
        var stored: Int?
        try await visitor.visit { stored = try $0.value(.n) }
        #expect(stored == 7)
    }

    @Test("G9: a response waits for a sign-in that its request has under way, and carries the token")
    func signIn() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let handle = visitor.send().handle
        let session = try await handle.session()
        bench.faulty.follow { operation, call in operation == .create && call == 1 ? .hang : .pass }
        let signIn = Task { try await session.signIn(try Principal("ada")) }
        await bench.faulty.untilHanging()
        let finish = Task { await handle.finish(status: .ok) }
        while waiting(handle) == 0, !handle.state.withLock({ $0.isSealed }) { await Task.yield() }
        bench.faulty.release()
        try await signIn.value
        var fields = HTTPFields()
        await finish.value.apply(to: &fields)
        visitor.take(fields)
        #expect(try await visitor.look().principal == "ada")
    }
}
