import Chaos
import Foundation
import SessionsTesting
import ShopDriver
import Testing

/// What `CHAOS_SEED` says.
let chosenSeed = ProcessInfo.processInfo.environment["CHAOS_SEED"].flatMap { UInt64($0) }

@Suite("Chaos", .serialized, .timeLimit(.minutes(10))) struct ChaosTests {
    /// Three shops on one file, killed and back, their clocks apart, and twelve clients with two tabs each.
    ///
    /// `CHAOS_SEED` chooses another course; `make chaos` runs longer.
    @Test func nothingThatWasAnsweredIsUndoneByKills() async throws {
        let seed = chosenSeed ?? 20_261_124
        let report = try await withDirectory { directory in
            try await ChaosRun(seed: seed, duration: .seconds(12), store: "sqlite:\(directory)/chaos.db").run()
        }
        print(report)
        #expect(report.violations.isEmpty, "\(report)")
        // A run in which nothing happened would prove nothing.
        #expect(report.kills > 0)
        Self.expectAnswers(report)
    }

    /// Runs on a server that has troubles of its own, prints what happened, and expects nothing that must never be.
    @discardableResult
    static func run(
        _ name: String, seed: UInt64, on store: String, for duration: Duration = .seconds(10),
        until isEnough: @escaping @Sendable ([Event]) -> Bool = { _ in true },
        endTroubles: @escaping @Sendable () -> Void = {},
        disturbed: @escaping @Sendable (inout SplitMix64) async throws -> Outage.Loss
    ) async throws -> ChaosRun.Report {
        var run = ChaosRun(seed: chosenSeed ?? seed, duration: duration, store: store)
        run.disturbStore = disturbed
        run.isEnough = isEnough
        run.endTroubles = endTroubles
        let report = try await run.run()
        print("chaos on \(name)")
        print(report)
        #expect(report.violations.isEmpty, "\(report)")
        #expect(report.kills + report.stops + report.pauses > 0 && !report.outages.isEmpty)
        expectAnswers(report)
        // G10: when the server is back, so is everything.
        #expect(report.lastEvents.count == 4 * run.clients)
        for event in report.lastEvents {
            #expect(event.outcome == .ok || event.outcome == .refused(409), "\(event)")
        }
        return report
    }

    private static func expectAnswers(_ report: ChaosRun.Report) {
        let answered = Set(report.events.filter { $0.outcome == .ok }.map(\.operation.kind))
        #expect(answered.isSuperset(of: Operation.kinds), "\(answered)")
    }
}
