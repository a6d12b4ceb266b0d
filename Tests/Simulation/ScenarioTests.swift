import SessionsTesting
import Testing

@Suite("Every scenario of the protocol's model, on the engine", .timeLimit(.minutes(60)))
struct ScenarioTests {
    static let scenarios = Scenario.named

    @Test("The scenarios of the protocol's model", arguments: scenarios)
    func scenario(_ scenario: Scenario) throws {
        let explorer = Explorer(scenario: scenario)
        if let failure = try explorer.steer(scenario.trace) { Issue.record("\(failure)") }
        // What takes more is sampled here, and explored to its end by `make simulate`.
        let limit = min(Budget.limit ?? scenario.runs, scenario.runs)
        let report = try scenario.explore(limit: limit)
        guard !report.isComplete else { return }
        var generator = SplitMix64(seed: 1)
        for _ in 0..<limit / 4 {
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
