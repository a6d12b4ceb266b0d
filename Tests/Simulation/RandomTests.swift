import SessionsTesting
import Testing

// Ten hours: `make simulate` runs as many rounds as it is told.
@Suite("Larger sets of requests, in orders that a seed chooses", .timeLimit(.minutes(600)))
struct RandomTests {
    /// Each round has a set of three to six actions of its own, and a hundred schedules.
    @Test("Random schedules of larger sets of requests")
    func random() throws {
        let seed = Budget.seed, rounds = Budget.rounds ?? 20
        var schedules = 0
        for round in 0..<rounds {
            var generator = SplitMix64(seed: seed &+ round)
            let start = Scenario.Start.allCases.randomElement(using: &generator)!
            let actions = (0..<Int.random(in: 3...6, using: &generator)).map { _ in
                Action.paired.randomElement(using: &generator)!
            }
            let explorer = Explorer(scenario: Scenario(start, actions))
            for _ in 0..<100 {
                schedules += 1
                if let failure = try explorer.runAtRandom(&generator) {
                    Issue.record("seed \(seed &+ round): \(failure)")
                    return
                }
            }
        }
        print("simulated \(schedules) random schedules of \(rounds) sets from seed \(seed)")
    }

    @Test(
        "Every schedule of the scenarios too large for every run",
        .enabled(if: Budget.rounds != nil), arguments: Scenario.named + Scenario.largeTriples)
    func large(_ scenario: Scenario) throws {
        try scenario.explore(limit: Budget.limit ?? 200_000)
    }
}
