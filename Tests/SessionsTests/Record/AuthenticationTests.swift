import SessionsTesting
import Testing

@testable import Sessions

@Suite("How and when a user was authenticated", .timeLimit(.minutes(10)))
struct AuthenticationTests {
    private let ada = try! Principal("ada")

    /// What the store and a later request say of a user's session.
    private func authentications(of visitor: Visitor, in bench: Bench) async throws -> [Authentication] {
        var seen: [Authentication] = []
        var id: SessionID?
        try await visitor.visit { session in
            seen = session.info?.authentications ?? []
            id = session.id
        }
        let stored = try await bench.store.load(try #require(id), at: bench.clock.now)
        #expect(stored?.authentications == seen)
        return seen
    }

    @Test(
        "A sign-in keeps its method and when the credentials were checked, whether it makes a session or takes one over",
        arguments: [true, false])
    func signIn(isStranger: Bool) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        if !isStranger { try await visitor.visit { try $0.set(.a, to: 1) } }
        let request = visitor.send()
        let session = try await request.session()
        let arrival = bench.clock.now
        bench.clock.advance(by: .seconds(2))
        try await session.signIn(ada, by: .password)
        await visitor.finish(request)
        #expect(try await authentications(of: visitor, in: bench) == [.init(.password, at: arrival)])
        let checked = arrival - .seconds(1)
        let second = bench.visitor
        try await second.visit { try await $0.signIn(ada, by: .hardwareKey, authenticatedAt: checked) }
        #expect(try await authentications(of: second, in: bench) == [.init(.hardwareKey, at: checked)])
        try await second.visit { #expect($0.info?.authenticatedAt == checked) }
    }

    @Test(
        "A step-up keeps the earlier methods, replaces the time of the same one, and changes nothing where it names none"
    )
    func stepUp() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let start = bench.clock.now
        try await visitor.visit { try await $0.signIn(ada, by: .password) }
        bench.clock.advance(by: .seconds(10))
        try await visitor.visit { try await $0.stepUp(by: .oneTimePassword) }
        let both = [Authentication(.password, at: start), .init(.oneTimePassword, at: start + .seconds(10))]
        #expect(try await authentications(of: visitor, in: bench) == both)
        // The moment is that of the request's arrival, unless the application knows it better.
        let slow = visitor.send()
        let session = try await slow.session()
        bench.clock.advance(by: .seconds(2))
        try await session.stepUp(by: .oneTimePassword)
        await visitor.finish(slow)
        #expect(try await authentications(of: visitor, in: bench) == both)
        bench.clock.advance(by: .seconds(-2))
        bench.clock.advance(by: .seconds(10))
        try await visitor.visit { try await $0.stepUp(by: .password) }
        let again = [both[1], Authentication(.password, at: start + .seconds(20))]
        #expect(try await authentications(of: visitor, in: bench) == again)
        bench.clock.advance(by: .seconds(10))
        try await visitor.visit { session in
            try await session.stepUp(authenticatedAt: start)
            #expect(session.info?.authenticatedAt == start)
        }
        #expect(try await authentications(of: visitor, in: bench) == again)
    }

    @Test("A sign-in begins the list anew, also the same user's, and another user gets nothing of it")
    func newSignIn() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try await $0.signIn(ada, by: .password) }
        try await visitor.visit { try await $0.stepUp(by: .oneTimePassword) }
        try await visitor.visit { try await $0.signIn(ada, by: .federated) }
        #expect(try await authentications(of: visitor, in: bench).map(\.method) == [.federated])
        try await visitor.visit { try await $0.signIn(ada) }
        #expect(try await authentications(of: visitor, in: bench) == [])
        try await visitor.visit { try await $0.signIn(ada, by: .password) }
        try await visitor.visit { try await $0.signIn(try Principal("grace")) }
        #expect(try await authentications(of: visitor, in: bench) == [])
    }

    @Test("A session keeps eight methods, and the oldest go first")
    func atMostEight() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        func method(_ number: Int) throws -> Authentication.Method {
            try #require(Authentication.Method(rawValue: "m\(number)"))
        }
        try await visitor.visit { try await $0.signIn(ada, by: method(0)) }
        for number in 1...8 {
            if number == 8 {
                #expect(try await authentications(of: visitor, in: bench).map(\.method) == (0...7).map(method))
            }
            bench.clock.advance(by: .seconds(1))
            try await visitor.visit { try await $0.stepUp(by: method(number)) }
        }
        #expect(try await authentications(of: visitor, in: bench).map(\.method) == (1...8).map(method))
        #expect(Authentication.maximumCount == 8)
    }

    @Test("The text of a list reads back as the list")
    func text() throws {
        let lists: [([Authentication], String)] = [
            ([], ""), ([.init(.password, at: Timestamp(milliseconds: 1_764_061_200_000))], "pwd@1764061200000"),
            (
                [
                    .init(.softwareKey, at: Timestamp(milliseconds: -1)),
                    .init(.federated, at: Timestamp(milliseconds: .max)),
                ],
                "swk@-1 fed@9223372036854775807"
            ),
        ]
        for (list, text) in lists {
            #expect(list.text == text)
            #expect([Authentication](text: text) == list)
        }
    }

    @Test(
        "A text of another form is no list",
        arguments: ["pwd", "@1", "pwd@", "pwd@x", "pwd@1@2", "PWD@1", "pwd@9223372036854775808", "pwd @1", "pwd@1 x"])
    func noList(_ text: String) {
        #expect([Authentication](text: text) == nil)
    }
}
