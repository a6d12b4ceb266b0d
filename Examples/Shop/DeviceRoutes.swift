import Foundation
import Hummingbird
import Sessions
import SessionsHummingbird

/// "Your devices": where a user is signed in, and the buttons that end a session there.
struct DeviceRoutes {
    let manager: SessionManager
    let pages: Pages

    struct Device: ResponseEncodable {
        let id, device: String
        let createdAt, lastUsedAt: Int64
        let current: Bool
    }

    static let path = "/account/sessions"

    func add(to router: Router<ShopContext>) {
        router.get("/account/sessions") { request, context -> Response in
            let session = try await context.session()
            guard let user = session.principal else {
                guard request.acceptsJSON else { return .redirect(to: SignInPage.path(backTo: request), type: .normal) }
                throw HTTPError(.unauthorized, message: "sign in to see your devices")
            }
            try session.requireFullPrivilege()
            let sessions = try await manager.list(of: user, includingEnded: true)
            if request.acceptsJSON {
                let live = sessions.filter { $0.end(at: manager.clock.now) == nil }
                return try context.responseEncoder.encode(
                    live.map { device($0, in: session) }, from: request, context: context)
            }
            return try await page(sessions, in: session)
        }
        router.post("/account/sessions/:id/end") { request, context -> Response in
            let (session, user) = try await user(of: request, context)
            if let detour = try detour(from: request, of: session) { return detour }
            let part = try context.parameters.require("id")
            let text = part.removingPercentEncoding ?? part
            guard let id = SessionID(text.lowercased()) else {
                throw HTTPError(
                    .badRequest,
                    message: "\"\(text.prefix(40))\" is no number of a session, which has 32 digits from 0 to f")
            }
            if id == session.id {
                try await session.end()
                return .redirect(to: "/?\(Pages.signedOut)", type: .normal)
            }
            let sessions = try await manager.list(of: user, includingEnded: true)
            guard try await manager.end(id, of: user) else {
                throw HTTPError(.notFound, message: "you have no such session, or it is over already")
            }
            let name = sessions.deviceName(of: id) ?? Self.unknown
            try await noteEnd(of: [id], among: sessions, in: session, saying: "\(name) was signed out.")
            return .redirect(to: Self.path, type: .normal)
        }
        router.post("/account/sessions/end-others") { request, context -> Response in
            let (session, user) = try await user(of: request, context)
            if let detour = try detour(from: request, of: session) { return detour }
            try await endOthers(of: user, in: session, reason: .endedByUser) { Self.signedOut($0) }
            return .redirect(to: Self.path, type: .normal)
        }
    }

    private func user(of request: Request, _ context: ShopContext) async throws -> (Session, Principal) {
        let session = try await context.session()
        try await pages.tokens.check(await Form(request), for: session)
        guard let user = session.principal else { throw HTTPError(.unauthorized, message: "sign in first") }
        try session.requireFullPrivilege()
        return (session, user)
    }

    /// A user who is only remembered types the password first: a stolen device must not shut out its owner's others.
    private func detour(from request: Request, of session: Session) throws -> Response? {
        try ConfirmRoutes.detour(from: request, of: session, backTo: Self.path)
    }

    /// Ends a user's sessions but this one, which leaves a message with their number.
    func endOthers(
        of user: Principal, in session: Session, reason: SessionEnd.Reason, saying message: (Int) -> String
    ) async throws {
        let sessions = try await manager.list(of: user, includingEnded: true)
        let others = sessions.filter { $0.id != session.id && $0.end(at: manager.clock.now) == nil }
        let count = try await manager.endAll(of: user, except: session.id, reason: reason)
        try await noteEnd(of: others.map(\.id), among: sessions, in: session, saying: message(count))
    }

    static func signedOut(_ count: Int) -> String {
        count == 1 ? "One other device was signed out." : "\(count) other devices were signed out."
    }

    /// Remembers which device this one has signed out, for the next page there.
    private func noteEnd(
        of ids: [SessionID], among sessions: [SessionInfo], in session: Session, saying message: String
    ) async throws {
        try await session.update(.seenDevices, default: SeenDevices(), flash: FlashMessage(message)) { seen in
            for id in ids where seen[id] == nil { seen.note(sessions) }
            seen.noteEnd(of: ids)
        }
    }

    private func device(_ info: SessionInfo, in session: Session) -> Device {
        Device(
            id: info.id.description, device: info.deviceName ?? Self.unknown, createdAt: info.createdAt.milliseconds,
            lastUsedAt: info.lastUsedAt.milliseconds, current: info.id == session.id)
    }

    private static var unknown: String { UserAgentName(nil).description }

    private func page(_ sessions: [SessionInfo], in session: Session) async throws -> Response {
        let now = manager.clock.now
        let flash = try await session.takeFlash().map(\.text)
        // So that a session that is over by the next visit still has a name.
        var seen = try session.value(.seenDevices, default: SeenDevices())
        let before = seen
        seen.note(sessions)
        if seen != before { try session.set(.seenDevices, to: seen) }
        let header = try await pages.header(session)
        let live = sessions.filter { $0.end(at: now) == nil }
        let devices = live.map { info -> [String: Any] in
            let isHere = info.id == session.id
            let address = try? info.value(.device)?.address
            var values: [String: Any] = [
                "name": info.deviceName ?? Self.unknown, "isHere": isHere, "isKept": info.isPersistent,
                "began": Moment.text(info.authenticatedAt ?? info.createdAt),
                "used": isHere ? "now" : Moment.distance(info.lastUsedAt, from: now),
                "action": header.link("\(Self.path)/\(info.id)/end"),
            ]
            values["address"] = address
            return values
        }
        let notice = EndNotice(manager: manager)
        let ended = sessions.compactMap { info -> [String: Any]? in
            guard let end = info.end(at: now) else { return nil }
            let ender = live.ender(of: info.id)
            return [
                "name": live.deviceName(of: info.id) ?? "A device",
                "began": Moment.text(info.authenticatedAt ?? info.createdAt),
                "label": notice.label(for: end, from: ender?.id == session.id ? EndNotice.here : ender?.deviceName),
                "at": Moment.distance(end.at, from: now),
            ]
        }
        return try pages.renderer.page(
            "devices",
            [
                "title": "Your devices", "flash": flash, "devices": devices, "hasOthers": live.count > 1,
                "ended": ended, "hasEnded": !ended.isEmpty, "endOthers": header.link("\(Self.path)/end-others"),
            ], header: header)
    }
}

extension Request {
    /// Whether a program asks, and not a browser.
    var acceptsJSON: Bool { headers[.accept]?.contains("application/json") == true }
}
