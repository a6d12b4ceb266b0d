import Testing

@Suite("Every scenario of the protocol's model, on the engine")
struct ScenarioTests {
    static let scenarios = Scenario.named

    /// More schedules than this are sampled at random; `make simulate` explores them all.
    static let limit = min(Budget.limit ?? 1000, 1000)

    @Test("The scenarios of the protocol's model", arguments: scenarios)
    func scenario(_ scenario: Scenario) throws {
        let explorer = Explorer(scenario: scenario)
        if let failure = try explorer.steer(scenario.trace) { Issue.record("\(failure)") }
        let report = try scenario.explore(limit: Self.limit)
        guard !report.isComplete else { return }
        var generator = SplitMix(seed: 1)
        for _ in 0..<Self.limit {
            if let failure = try explorer.runAtRandom(&generator) {
                Issue.record("\(failure)")
                return
            }
        }
    }
}

extension Scenario {
    static let named = renewal + privileges + ends + time + index
}
