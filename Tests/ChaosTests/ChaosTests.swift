import Chaos
import Foundation
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
        for operation in ["visit", "set", "read", "look", "signIn", "signOut"] {
            let answered = report.events.filter { "\($0.operation)".hasPrefix(operation) && $0.outcome == .ok }
            #expect(!answered.isEmpty, "no \(operation) was answered")
        }
    }
}
