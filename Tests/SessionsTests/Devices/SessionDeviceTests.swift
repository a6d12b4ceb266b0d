import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("A user's devices", .timeLimit(.minutes(10))) struct SessionDeviceTests {
    private func request(_ agent: String?, _ change: (inout HTTPRequest) -> Void = { _ in }) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.userAgent] = agent
        change(&request)
        return request
    }

    @Test("A-7.5.2: a session keeps the device that it was signed in on, and its address only if asked")
    func captured() async throws {
        let bench = try Bench()
        let ada = try Principal("ada")
        let peer = ClientConnection(peer: .address(try #require(NetworkAddress("192.0.2.7"))), isTLS: true)
        for includesAddress in [false, true] {
            let handle = bench.manager.begin(request("curl/8.14.1"), over: peer)
            let session = try await handle.session()
            try await session.signIn(ada, by: .password, on: session.device(withAddress: includesAddress))
            _ = await handle.finish(status: .ok)
            let info = try #require(try await bench.manager.list(of: ada).first)
            let device = try info.value(.device)
            #expect(device == SessionDevice(name: "curl", address: includesAddress ? "192.0.2.7" : nil))
            bench.clock.advance(by: .seconds(1))
        }
        let unnamed = try await bench.manager.begin(request(nil), over: peer).session().device()
        #expect(unnamed == SessionDevice(name: "An unknown device"))
        #expect(SessionKey<SessionDevice>.device.name == "sessions.device")
    }

    @Test("A sign-in takes one commit with its device, and a session that a visitor has filled keeps none")
    func oneCommit() async throws {
        for count in [63, 64] {
            let bench = try Bench()
            let visitor = bench.visitor
            try await visitor.visit { session in
                for number in 0..<count { try session.set(SessionKey<Int>("k\(number)"), to: number) }
            }
            let before = bench.recording.calls.count { $0.operation == .commit }
            try await visitor.visit { try await $0.signIn(try Principal("ada"), on: $0.device()) }
            let commits = bench.recording.calls.count { $0.operation == .commit } - before
            #expect(commits == (count == 63 ? 1 : 2))
            try await visitor.visit { session in
                let device = try session.value(.device)
                #expect(device == (count == 63 ? SessionDevice(name: "An unknown device") : nil))
                #expect(session.principal?.name == "ada" && session.attributeNames.count == 64)
            }
        }
    }

    @Test(
        "A sign-in without a visitor's session, or by another user, keeps its own device and nothing of the one before")
    func anotherUser() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        for (name, device) in [("ada", "here"), ("grace", "there"), ("grace", "elsewhere")] {
            try await visitor.visit {
                try await $0.signIn(try Principal(name), on: SessionDevice(name: device))
                try $0.set(.a, to: 1)
            }
            try await visitor.visit { session in
                let kept = try session.value(.device)
                #expect(kept?.name == device && session.principal?.name == name)
            }
        }
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        try await visitor.visit { session in
            let kept = try session.value(.device)
            #expect(kept == nil)
        }
    }

    @Test("Ended sessions stay listed for the explanation window, to the millisecond, where they are asked for")
    func endedSessionsStayListed() async throws {
        let bench = try Bench {
            $0.explanationWindow = .seconds(60)
            $0.clockSkew = .seconds(5)
            $0.timeouts = .init(idle: .seconds(600), absolute: .seconds(3600))
            $0.touchInterval = .zero
        }
        let ada = try Principal("ada")
        let first = try #require(try await bench.signedIn().look().id)
        bench.clock.advance(by: .seconds(1))
        let second = try #require(try await bench.signedIn().look().id)
        _ = try await bench.signedIn("grace")
        #expect(try await bench.manager.end(first, of: ada))
        #expect(try await bench.manager.list(of: ada).map(\.id) == [second])
        func ends() async throws -> [SessionID: SessionEnd.Reason?] {
            let listed = try await bench.manager.list(of: ada, includingEnded: true)
            return Dictionary(uniqueKeysWithValues: listed.map { ($0.id, $0.end(at: bench.clock.now)?.reason) })
        }
        #expect(try await bench.manager.list(of: ada, includingEnded: true).map(\.id) == [second, first])
        #expect(try await ends() == [first: .endedByUser, second: nil])
        bench.clock.advance(by: .seconds(65) - .milliseconds(1))
        #expect(try await ends() == [first: .endedByUser, second: nil])
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await ends() == [second: nil])
        // One that a timeout alone has ended, before any sweep.
        bench.clock.advance(by: .seconds(535))
        #expect(try await ends() == [second: .expired])
        bench.clock.advance(by: .seconds(65))
        #expect(try await ends() == [:])
    }
}
