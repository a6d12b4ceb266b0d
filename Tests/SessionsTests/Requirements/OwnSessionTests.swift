import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("Whose session a request sees", .timeLimit(.minutes(10)))
struct OwnSessionTests {
    /// What a handler does, and how its request ends.
    private enum Fate: CaseIterable {
        case reads, writes, endsEarly, throwsAfterwards, neverAsks, neverFinishes
    }

    @Test("R-22: of many mixed requests at once, also those that end early or never, each sees its own user")
    func mixed() async throws {
        let bench = try Bench { $0.newSessionLimit = nil }
        var users: [(name: String?, cookie: String?)] = [(nil, nil)]
        for name in ["ada", "grace", "alan"] {
            let visitor = try await bench.signedIn(name)
            users.append((name, "__Host-Http-id=\(try #require(visitor.signedInToken))"))
        }
        let manager = bench.manager
        let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<2400 {
                let (name, cookie) = users[number % users.count]
                let fate = Fate.allCases[number / users.count % Fate.allCases.count]
                group.addTask {
                    var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
                    request.headerFields[.cookie] = cookie
                    let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
                    if fate == .neverAsks { return !(await handle.finish(status: .ok)).isEmpty }
                    let session = try await handle.session()
                    await Task.yield()
                    let isOwn = session.principal?.name == name
                    if name != nil, fate == .writes { try session.set(.a, to: number) }
                    await Task.yield()
                    let stays = session.principal?.name == name
                    switch fate {
                    case .neverFinishes: break
                    case .endsEarly: _ = await handle.finish(status: .notFound)
                    case .throwsAfterwards: _ = await handle.finish(status: .internalServerError)
                    default: _ = await handle.finish(status: .ok)
                    }
                    return !isOwn || !stays
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrong == 0)
        for name in ["ada", "grace", "alan"] {
            #expect(try await bench.manager.list(of: try Principal(name)).count == 1)
        }
    }
}
