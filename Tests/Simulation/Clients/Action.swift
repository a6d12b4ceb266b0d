/// What can happen in a simulation: requests, what the world does to them, and moves of the clock.
enum Action: String, CaseIterable, Sendable {
    case read
    case setA = "set a"
    case setB = "set b"
    case update
    case signIn = "sign in"
    case stepUp = "step up"
    case renew
    case signOut = "sign out"
    case endByOperator = "end by operator"
    /// A read after the clock has moved past the touch interval.
    case touch
    /// The clock moves past the session's deadline.
    case expire
    case lostResponse = "lost response"
    case lostAcknowledgement = "lost acknowledgement"
    case storeFailure = "store failure"
    /// `set n` and then `update n` in one request.
    case setThenUpdate = "set then update"
    /// Every session of the principal is ended.
    case endAll = "end all"

    var isRequest: Bool {
        switch self {
        case .expire, .lostResponse, .lostAcknowledgement, .storeFailure: false
        default: true
        }
    }

    /// Whether the request updates an attribute, which waits for other updates on its server.
    var updates: Bool { self == .update || self == .setThenUpdate }

    /// The fourteen whose pairs are all explored.
    static let paired: [Action] = allCases.filter { $0 != .setThenUpdate && $0 != .endAll }
}
