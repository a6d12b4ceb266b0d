import Sessions

/// One operation of a request as the world outside saw it: what was asked, what was answered, and when.
struct Deed {
    enum Call: Equatable {
        /// The first use of the session, with the tokens of the request's head.
        case look(signedIn: TokenParts?, visitor: TokenParts?)
        case update
        case set([String: Int])
        case signIn
        case stepUp
        case renew
        case end
        case endByOperator(SessionID)
        /// What the store holds in the end, as an operator can see it.
        case inspect(SessionID)
    }

    enum Answer: Equatable {
        case saw(Sight)
        case value(Int)
        case done
        case refused(SessionError.Code)
        /// No answer arrived: it happened or it didn't.
        case unknown
    }

    let request: Int
    let call: Call
    let answer: Answer
    /// The session the request stands with afterwards.
    let id: SessionID?
    /// From its first effect on the store to its last, in steps of the schedule.
    let began: Int
    let ended: Int
    /// What the clock showed meanwhile.
    let moments: [Timestamp]
}

extension Deed {
    /// Whether the request came with the token of somebody signed in.
    var isLookOfSignedIn: Bool {
        if case .look(let signedIn?, _) = call { signedIn.id == id } else { false }
    }
}

/// What a handler finds in its session.
struct Sight: Equatable {
    var id: SessionID?
    var principal: String?
    var values: [String: Int] = [:]
    var ended: String?
}

/// A token as its holder can take it apart: ID ‖ family ‖ step.
struct TokenParts: Hashable {
    let id: SessionID
    let family: Block16
    let step: Block16
}

extension Deed: CustomStringConvertible {
    var description: String {
        "request \(request) \(call) -> \(answer) in steps \(began)...\(ended == .max ? "?" : "\(ended)")"
    }
}

extension Sight: CustomStringConvertible {
    var description: String {
        let values = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        let who = id.map { "\(principal ?? "visitor") of \($0.description.prefix(6))" } ?? "nobody"
        return "\(who) {\(values)}" + (ended.map { " ended: \($0)" } ?? "")
    }
}

extension TokenParts: CustomStringConvertible {
    /// Enough to tell the tokens of one schedule apart.
    var description: String { "\(id.description.prefix(6)).\(family.bytes[0...2]).\(step.bytes[0...2])" }
}
