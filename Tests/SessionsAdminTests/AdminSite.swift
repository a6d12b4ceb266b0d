import HTTPTypes
import Logging
import Sessions
import SessionsAdmin
import SessionsTesting
import Synchronization
import Testing

/// An application with sessions on a clock that stands still, and the operators' pages of it.
struct AdminSite {
    let clock = ManualClock()
    let store: FaultyStore
    let manager: SessionManager
    let activity: SessionActivity
    let events = Events()
    let admin: AdminPages<String>

    static let olga = "olga"

    /// Keeps what a manager reports.
    final class Events: SessionObserver {
        private let all = Mutex<[SessionEvent]>([])

        func observe(_ event: SessionEvent, logger: Logger?) { all.withLock { $0.append(event) } }

        /// Those of a kind, since the last time.
        func take(_ kind: SessionEvent.Kind) -> [SessionEvent] {
            all.withLock { events in
                defer { events.removeAll { $0.kind == kind } }
                return events.filter { $0.kind == kind }
            }
        }
    }

    /// - Parameters:
    ///   - access: says whose request it is; the context is the operator's name, and an empty one is nobody's
    init(
        at path: String = "/admin", access: AdminPages<String>.Authorizer? = nil,
        showsValue: @escaping @Sendable (String) -> Bool = { _ in false }
    ) throws {
        store = FaultyStore(MemorySessionStore())
        activity = SessionActivity()
        var configuration = SessionConfiguration()
        configuration.renewalInterval = nil
        configuration.maximumSessionsPerPrincipal = nil
        manager = try SessionManager(
            store: store, configuration: configuration, clock: clock, random: SeededRandomSource(seed: 7),
            observers: [activity, events])
        admin = try AdminPages(
            of: manager, at: path, activity: activity, signOutPath: "/admin/sign-out",
            authorizer: access ?? { visit in
                visit.context.isEmpty ? .signIn(at: "/admin/sign-in") : .granted(to: try Principal(visit.context))
            }, showsValue: showsValue)
    }

    struct Answer {
        let status: Int
        let fields: HTTPFields
        let text: String
        var location: String? { fields[.location] }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", fields: HTTPFields = [:],
        as reader: String = AdminSite.olga, of handle: SessionHandle? = nil
    ) async throws -> Answer {
        let request = HTTPRequest(
            method: method, scheme: "https", authority: "shop.test", path: path, headerFields: fields)
        let response = try await admin.response(to: request, body: Array(body.utf8), in: reader, of: handle)
        return Answer(
            status: response.head.status.code, fields: response.head.headerFields,
            text: String(decoding: response.bytes ?? [], as: UTF8.self))
    }

    func get(_ path: String) async throws -> Answer { try await send(.get, path) }

    /// Sends a form as a browser does from one of the pages.
    func post(_ path: String, _ body: String = "") async throws -> Answer {
        try await send(.post, path, body, fields: [.secFetchSite: "same-origin", .origin: "https://shop.test"])
    }

    /// Makes a session: a visitor's, or of the user who is named.
    @discardableResult
    func begin(
        _ name: String? = nil, _ attributes: [String: String] = [:], on device: SessionDevice? = nil
    ) async throws -> SessionID {
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        let session = try await handle.session()
        if let name {
            try await session.signIn(try Principal(name), by: .password, on: device)
        }
        for (name, value) in attributes { try session.set(SessionKey<String>(name), to: value) }
        if name == nil, attributes.isEmpty { try session.set(SessionKey<Int>("n"), to: 1) }
        let reply = await handle.finish(.response(.ok))
        #expect(reply.error == nil)
        return try #require(session.id)
    }

    func isLive(_ id: SessionID) async throws -> Bool {
        try await manager.find(id)?.end(at: clock.now) == nil
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
