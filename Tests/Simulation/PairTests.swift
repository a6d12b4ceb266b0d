import Testing

@Suite("Every interleaving of pairs and triples of actions", .timeLimit(.minutes(60)))
struct PairTests {
    static let pairs: [Scenario] = Scenario.Start.allCases.flatMap { start in
        Action.paired.indices.flatMap { first in
            Action.paired[first...].map { Scenario(start, [Action.paired[first], $0]) }
        }
    }

    @Test("Pairs of actions", arguments: pairs)
    func pair(_ scenario: Scenario) throws {
        try scenario.explore()
    }

    /// On one server an update waits for other updates, so these differ from the same pairs on two.
    static let pairsOnOneServer: [Scenario] = Scenario.Start.allCases.flatMap { start in
        Action.paired.map { Scenario(start, [.update, $0], isOneServer: true) }
    }

    @Test("Pairs of an update and another action on one server", arguments: pairsOnOneServer)
    func pairOnOneServer(_ scenario: Scenario) throws {
        try scenario.explore()
    }

    @Test("Triples of actions", arguments: Scenario.triples + Scenario.triplesOnOneServer)
    func triple(_ scenario: Scenario) throws {
        try scenario.explore()
    }
}

extension Scenario {
    /// Explores every schedule, says how many there were, and fails with the first that breaks a guarantee.
    @discardableResult
    func explore(limit: Int = Budget.limit ?? .max) throws -> Explorer.Report {
        let report = try Explorer(scenario: self).exploreAll(limit: limit)
        print(
            "simulated \(report.schedules) schedules (\(report.cut) cut short)\(report.isComplete ? "" : ", incomplete"): \(name)"
        )
        if let failure = report.failure { Issue.record("\(failure)") }
        return report
    }
}
