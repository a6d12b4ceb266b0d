import Sessions

/// What visitors and users are told about a session that is over: by whom it was ended, when and why.
struct EndNotice {
    let manager: SessionManager

    /// The name of the device that shows the page.
    static let here = "here"

    /// What the next page says; `nil` where there is nothing to say, or where it was said already.
    func text(for session: Session) async -> String? {
        guard let explanation = await session.takeExplanation() else { return nil }
        // The record knows more, and the page does without while the store is down.
        let info: SessionInfo?
        if let id = explanation.id { info = try? await manager.find(id) } else { info = nil }
        guard explanation.wasSignedIn else {
            guard explanation.reason == .expired else { return nil }
            return hasReachedItsDeadline(info, at: explanation.at)
                ? "Your visit was as long as we keep a cart, so it is empty again."
                : "You were away for a while, so your cart is empty again."
        }
        let end = SessionEnd(reason: explanation.reason, at: explanation.at)
        let ender = explanation.reason.isOfAnotherSession ? await ender(of: info) : nil
        let sentence = sentence(for: end, from: ender, hasReachedItsDeadline(info, at: explanation.at))
        return "\(sentence) That was \(Moment.distance(end.at, from: manager.clock.now)) (\(Moment.text(end.at)))."
    }

    /// What a list of devices says beside one that is over.
    ///
    /// - Parameter ender: the device that it was ended from, as far as that is known
    func label(for end: SessionEnd, from ender: String?) -> String {
        switch end.reason {
        case .signedOut: "Signed out there"
        case .expired: "Ended by itself after a while"
        case .endedByUser: "You ended it from \(ender ?? "another device")"
        case .passwordChanged where ender == Self.here: "Ended when you changed your password here"
        case .passwordChanged: "Ended when you changed your password on \(ender ?? "another device")"
        case .endedByOperator: "Ended by an operator of the shop"
        case .limit: "Ended because you signed in on another device"
        case .suspectedTheft: "Ended because an old copy of it was used"
        default: "Ended"
        }
    }

    private func sentence(for end: SessionEnd, from ender: String?, _ isAtDeadline: Bool) -> String {
        switch end.reason {
        case .expired where isAtDeadline: "You were signed in for as long as we allow, so we signed you out."
        case .expired: "You were away for a while, so we signed you out."
        case .signedOut: "You have signed out."
        case .endedByUser: "You ended this session from \(ender ?? "another device")."
        case .passwordChanged:
            "Your password was changed on \(ender ?? "another device"), which ended this session. If that wasn't you, call us."
        case .endedByOperator: "An operator of the shop ended your session."
        case .limit:
            "You signed in on another device. You can be signed in on \(manager.configuration.deviceLimit) at a time, so this session was ended."
        case .suspectedTheft:
            "We ended your session because an old copy of it was used. If that wasn't you, change your password."
        default: "Your session was ended. Please sign in again."
        }
    }

    private func hasReachedItsDeadline(_ info: SessionInfo?, at moment: Timestamp) -> Bool {
        info.map { $0.absoluteDeadline <= moment } ?? false
    }

    /// The name of the device that a session was ended from, which the session there has noted.
    private func ender(of info: SessionInfo?) async -> String? {
        guard let info, let principal = info.principal else { return nil }
        return try? await manager.list(of: principal).ender(of: info.id)?.deviceName
    }
}

extension SessionConfiguration {
    /// On how many devices a user can be signed in, in words.
    var deviceLimit: String {
        switch maximumSessionsPerPrincipal {
        case nil: "any number of devices"
        case 1: "one device"
        case let count?: "\(count) devices"
        }
    }
}

extension SessionEnd.Reason {
    /// The user's password was changed in another session.
    static var passwordChanged: Self { .init(rawValue: "password-changed") }

    /// Whether the user has ended it from another session.
    fileprivate var isOfAnotherSession: Bool { self == .endedByUser || self == .passwordChanged }
}
