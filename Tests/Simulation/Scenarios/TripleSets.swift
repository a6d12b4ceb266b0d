extension Scenario {
    /// Triples of the writers that meet at one record, and pairs of them with each kind of failure.
    static let triples: [Scenario] = {
        let writers: [Action] = [.setA, .update, .signIn, .stepUp, .renew, .signOut, .endByOperator]
        let failures: [Action] = [.lostResponse, .lostAcknowledgement, .storeFailure, .expire]
        return [Start.visitor, .signedIn].flatMap { start in
            writers.indices.flatMap { first in
                writers.indices[first...].flatMap { second in
                    (writers[second...] + failures).map { Scenario(start, [writers[first], writers[second], $0]) }
                }
            }
        }.filter { !large.contains($0.name) }
    }()

    /// Two updates and another action on one server.
    static let triplesOnOneServer: [Scenario] = [Start.visitor, .signedIn].flatMap { start in
        Action.paired.map { Scenario(start, [.update, .update, $0], isOneServer: true) }
    }

    /// Triples with more orders than all others together.
    static let largeTriples = [
        Scenario(.visitor, [.signIn, .signIn, .signIn]), .init(.signedIn, [.signIn, .signIn, .signIn]),
    ]
    private static let large = Set(largeTriples.map(\.name))
}
