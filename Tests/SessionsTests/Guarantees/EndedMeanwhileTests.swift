import Sessions
import SessionsTesting
import Testing

@Suite("A session that ends while its request runs", .timeLimit(.minutes(10)))
struct EndedMeanwhileTests {
    @Test("G3: a sign-in after the end in the same request is refused, and no session begins")
    func signInAfterTheEnd() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        let response = try await visitor.visit { session in
            try await session.end()
            let created = bench.recording.calls.filter { $0.operation == .create }.count
            let error = await #expect(throws: SessionError.self) { try await session.signIn(try Principal("grace")) }
            #expect(error?.code == .ended)
            #expect(bench.recording.calls.filter { $0.operation == .create }.count == created)
            #expect(session.id == nil && session.principal == nil)
        }
        // Nothing but the deletion of the token.
        #expect(response.setCookies.count == 1 && response.setCookies.allSatisfy { $0.contains("Max-Age=0") })
        #expect(visitor.jar.isEmpty)
    }

    @Test(
        "A sign-out or a sign-in whose session the store has forgotten meanwhile works as without one",
        arguments: [true, false])
    func forgotten(isSignOut: Bool) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let id = try #require(try await visitor.look().id)
        let request = visitor.send()
        let session = try await request.session()
        #expect(try await bench.manager.end(id))
        bench.clock.advance(by: .hours(2))
        _ = try await bench.store.sweep(at: bench.clock.now, limit: 10)
        #expect(try await bench.store.load(id, at: bench.clock.now) == nil)
        if isSignOut { try await session.end() } else { try await session.signIn(try Principal("ada")) }
        #expect(await visitor.finish(request).error == nil)
        #expect(visitor.jar.isEmpty == isSignOut)
        try await visitor.visit { session in
            #expect(session.principal?.name == (isSignOut ? nil : "ada") && session.attributeNames == [])
        }
    }

    @Test(
        "G3: the token of a session that was made in this request and has ended since is not sent",
        arguments: [true, false])
    func madeAndEnded(isForgotten: Bool) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let response = try await visitor.visit { session in
            try session.set(.a, to: 1)
            try await session.save()
            let id = try #require(session.id)
            #expect(try await bench.manager.end(id))
            if isForgotten {
                bench.clock.advance(by: .hours(2))
                _ = try await bench.store.sweep(at: bench.clock.now, limit: 10)
                #expect(try await bench.store.load(id, at: bench.clock.now) == nil)
            }
            let error = await #expect(throws: SessionError.self) {
                try await session.update(.a, default: 0) { $0 += 1 }
            }
            #expect(error?.code == .ended)
        }
        #expect(response.setCookies == [])
    }
}
