import HTTPTypes
import Sessions
import Testing

@testable import shop

extension ShopTests {
    @Suite("What a session knows of its user's other ones", .timeLimit(.minutes(10))) struct SeenDevicesTests {
        @Test("A session knows the devices of a hundred others, the newest, however many its user has and had")
        func bound() async throws {
            var configuration = SessionConfiguration()
            configuration.maximumSessionsPerPrincipal = nil
            let manager = try SessionManager(store: MemorySessionStore(), configuration: configuration)
            let ada = try Principal("ada")
            for number in 1...101 {
                let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
                let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
                let session = try await handle.session()
                try await session.signIn(ada, by: .password, on: SessionDevice(name: "browser \(number)"))
                _ = await handle.finish(.response(.ok))
            }
            let sessions = try await manager.list(of: ada)
            var seen = SeenDevices()
            for (count, known) in [(99, 99), (100, 100), (101, 100)] {
                seen.note(Array(sessions.prefix(count)))
                #expect(seen.devices.count == known, "\(count)")
            }
            #expect(seen[sessions[99].id] != nil && seen[sessions[100].id] == nil)
        }
    }
}
