import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions
@testable import SessionsAdmin

@Suite("Operators' pages: the overview", .timeLimit(.minutes(10)))
struct OverviewTests {
    /// The numbers on the page by their labels.
    private func figures(_ page: String) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: page.matches(of: /<dt>([^<]*)<\/dt><dd>([^<]*)<small>/).map {
                (String($0.1), String($0.2))
            })
    }

    private func overview(_ manager: SessionManager, _ activity: SessionActivity?) async throws -> String {
        let admin = try AdminPages<Int>(of: manager, activity: activity) { _ in .granted(to: try Principal("olga")) }
        let request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/admin")
        return String(decoding: try await admin.response(to: request, in: 0).bytes ?? [], as: UTF8.self)
    }

    @Test("The store says how many sessions it has, and this server what it saw of them in the last hour")
    func counted() async throws {
        let (store, activity, clock) = (MemorySessionStore(), SessionActivity(), ManualClock())
        let manager = try SessionManager(store: store, clock: clock, observers: [activity])
        var ids: [SessionID] = []
        for _ in 0..<3 {
            let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
            let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
            try await handle.session().signIn(try Principal("ada"))
            ids.append(try #require(try await handle.session().id))
            _ = await handle.finish(.response(.ok))
        }
        try await manager.end(ids[0])
        #expect(
            figures(try await overview(manager, activity)) == [
                "Sessions in the store": "2", "In use": "3", "Created": "3", "Ended": "1",
            ])
        clock.advance(by: .minutes(61))
        #expect(
            figures(try await overview(manager, activity)) == [
                "Sessions in the store": "2", "In use": "0", "Created": "0", "Ended": "0",
            ])
        // Without an observer the page says so.
        let bare = try await overview(manager, nil)
        #expect(figures(bare) == ["Sessions in the store": "2"] && !bare.contains("<svg class=\"chart\""))
        #expect(bare.contains("nothing is counted"))
    }

    @Test("The number is asked for once in ten seconds however many pages are open, and a store may not know it")
    func asked() async throws {
        let site = try AdminSite()
        // A store in front of another one that doesn't count.
        #expect(figures(try await site.get("/admin").text)["Sessions in the store"] == "–")
        let estimate = SessionCount(sessions: 12_345, isExact: false)
        let views = Views(
            path: try AdminPath("/admin"), activity: nil, showsValue: { _ in false }, now: site.clock.now)
        let page = SessionInfoPage(sessions: [], next: nil)
        #expect(figures(views.overview(.success(page), estimate).text) == ["Sessions in the store": "≈ 12,345"])

        let manager = try SessionManager(store: MemorySessionStore(), clock: site.clock)
        let admin = try AdminPages<Int>(of: manager) { _ in .granted(to: try Principal("olga")) }
        func count() async throws -> String? {
            let request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/admin")
            let page = try await admin.response(to: request, in: 0).bytes ?? []
            return figures(String(decoding: page, as: UTF8.self))["Sessions in the store"]
        }
        #expect(try await count() == "0")
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        try await handle.session().set(SessionKey<Int>("n"), to: 1)
        _ = await handle.finish(.response(.ok))
        site.clock.advance(by: .milliseconds(9999))
        #expect(try await count() == "0")
        site.clock.advance(by: .milliseconds(1))
        #expect(try await count() == "1")
    }

    @Test("The overview shows the latest twenty events, the newest first", arguments: [(19, 19), (20, 20), (21, 20)])
    func latest(_ count: Int, _ shown: Int) async throws {
        let site = try AdminSite()
        var made: [String] = []
        for _ in 0..<count {
            // Of a visitor's session there is nothing but its making.
            made.append("\(try await site.begin())")
            site.clock.advance(by: .seconds(1))
        }
        let page = try await site.get("/admin").text
        let ids = page.matches(of: /href="\/admin\/sessions\/([0-9a-f]{32})"/).map { String($0.1) }
        #expect(ids == Array(made.reversed().prefix(shown)))
    }

    @Test("The chart draws the most as high as there is room, and whatever isn't nothing so that it can be seen")
    func chart() {
        var minutes = (0..<60).map { SessionActivity.Minute(number: $0) }
        minutes[0].created = 1000
        minutes[0].ended = 1
        minutes[59].marks = 40
        minutes[30].created = 500
        let chart = Chart(minutes: minutes).html.text
        let bars = chart.matches(of: /<rect class="(\w+)" x="(\d+)" y="(\d+)" width="8" height="(\d+)"\/>/).map {
            "\($0.1) \($0.2) \($0.3) \($0.4)"
        }
        #expect(bars == ["created 1 2 48", "ended 1 50 2", "created 301 26 24"])
        #expect(chart.contains("points=\"5,99 15,99 ") && chart.contains(" 595,3\"/>"))
        // The area under the curve ends where the curve does, at the bottom.
        #expect(chart.contains("points=\"5,100 5,99 15,99 ") && chart.contains(" 595,3 595,100\"/>"))
        #expect(chart.contains("viewBox=\"0 0 600 100\"") && chart.contains("y1=\"50\" x2=\"600\" y2=\"50\""))
        #expect(chart.contains("1500 sessions were created and 1 ended") && chart.contains("40 in a minute"))
        #expect(Chart(minutes: minutes.map { .init(number: $0.number) }).html.text.firstMatch(of: /<rect/) == nil)
    }
}
