import Foundation
import SessionsTesting
import Testing

@Suite("A schedule is a string, and a string is a schedule", .timeLimit(.minutes(60)))
struct ReplayTests {
    @Test("A failure is reported as a schedule that replays to the same failure")
    func failureReplays() throws {
        // A property that some schedules break.
        var scenario = Scenario(.visitor, [.setA, .setB])
        scenario.properties.append { $0.schedule.first { $0.hasSuffix("commit") } == "2:commit" ? "b before a" : nil }
        let failure = try #require(try Explorer(scenario: scenario).exploreAll().failure)
        #expect(failure.problems == ["b before a"])
        let (name, steps) = try #require(Self.parse(failure.replay))
        #expect(name == scenario.name && Scenario(named: name) != nil)
        let replayed = try Explorer(scenario: scenario).replay(steps)
        #expect(replayed.failure?.schedule == failure.schedule && replayed.failure?.problems == failure.problems)
    }

    @Test("The same schedule gives the same answers, tokens and all")
    func isDeterministic() throws {
        var generator = SplitMix64(seed: 3)
        let scenario = Scenario(.visitor, [.signIn, .update, .renew, .storeFailure])
        for _ in 0..<20 {
            let world = try World(scenario)
            while let step = world.steps.randomElement(using: &generator) { world.take(step) }
            let again = try Explorer(scenario: scenario).replay(world.taken.map(\.name))
            _ = world.conclude()
            #expect(again.trace == world.history.deeds.map(\.description))
        }
    }

    @Test("A schedule that does not fit is refused with what could happen instead")
    func refused() throws {
        let error = #expect(throws: ReplayError.self) {
            try Explorer(scenario: Scenario(.visitor, [.read])).replay(["1:commit"])
        }
        #expect(error?.description.contains("what can: 1:send") == true)
    }

    @Test(
        "The schedule in SIMULATION_SCHEDULE keeps the guarantees",
        .enabled(if: ProcessInfo.processInfo.environment["SIMULATION_SCHEDULE"] != nil))
    func replay() throws {
        let text = ProcessInfo.processInfo.environment["SIMULATION_SCHEDULE"] ?? ""
        let (name, steps) = try #require(Self.parse(text), "SCENARIO | STEP STEP …")
        let scenario = try #require(
            Scenario.named.first { $0.name == name } ?? Scenario(named: name), "no scenario is named \(name)")
        let result = try Explorer(scenario: scenario).replay(steps)
        print(result.trace.joined(separator: "\n"))
        if let failure = result.failure { Issue.record("\(failure)") }
    }

    private static func parse(_ text: String) -> (name: String, steps: [String])? {
        let parts = text.components(separatedBy: " | ")
        return parts.count == 2 ? (parts[0], parts[1].split(separator: " ").map(String.init)) : nil
    }

    @Test("docs/proofs.md names every scenario of the simulation, and no other")
    func ledger() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/proofs.md"), encoding: .utf8)
        let section = try #require(page.components(separatedBy: "### ").first { $0.hasPrefix("Scenarios") })
        let names = section.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        #expect(names == Scenario.named.map(\.name))
    }
}
