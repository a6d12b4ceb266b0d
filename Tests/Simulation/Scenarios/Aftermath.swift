import Sessions

/// How one schedule came out, for a scenario's properties.
struct Aftermath {
    struct Reply {
        let request: Scenario.Request
        let answer: Answer
        let isDelivered: Bool

        var signedInToken: TokenParts? { answer.cookies.last { $0.name == SentCookie.signedIn }?.token }
    }

    let deeds: [Deed]
    /// By the number of the request.
    let replies: [Int: Reply]
    /// What the client's own next request finds.
    let next: Sight
    let initialFamily: Block16?
    let theftReported: Bool
    /// What the store holds in the end.
    let records: [SessionRecord]
    /// The sessions of ada that the index finds.
    let listed: Set<SessionID>
    /// The steps that were taken, by name.
    let schedule: [String]

    func look(_ request: Int) -> Sight? {
        for deed in deeds where deed.request == request {
            if case .look = deed.call, case .saw(let sight) = deed.answer { return sight }
        }
        return nil
    }

    func answer(_ request: Int) -> Deed.Answer? {
        deeds.last {
            if case .look = $0.call { return false }
            return $0.request == request
        }?.answer
    }

    func isEnded(_ id: SessionID) -> Bool { records.contains { $0.id == id && $0.end != nil } }

    /// Whether the client was told that it is signed in.
    var wasToldSignedIn: Bool {
        deeds.contains {
            $0.call == .signIn && $0.answer == .done && replies[$0.request]?.isDelivered == true
                && replies[$0.request]?.answer.status == 200
        }
    }

    func happened(_ action: Action) -> Bool { replies.values.contains { $0.request.action == action } }
}
