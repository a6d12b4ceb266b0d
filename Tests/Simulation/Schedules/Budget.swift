import Foundation

/// How much a run of the tests explores, as the environment says.
enum Budget {
    /// Schedules of each scenario at most: `SIMULATION_LIMIT`.
    static let limit = number("SIMULATION_LIMIT").map { Int($0) }
    /// Where random schedules begin: `SIMULATION_SEED`.
    static let seed = number("SIMULATION_SEED") ?? 1
    /// Random sets of requests, each with a hundred schedules: `SIMULATION_ROUNDS`, which also asks for what is too large
    /// for every run.
    static let rounds = number("SIMULATION_ROUNDS")

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
