import Sessions
import Synchronization

/// Lets one clause at a time sweep, each at a later moment than the one before.
///
/// These moments are years before those of the other clauses, so a sweep never meets the others' records.
final class SweepTurn: Sendable {
    static let shared = SweepTurn()

    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var turns = 0
    }

    private let state = Mutex(State())

    /// Waits for the turn and returns the moment to check at.
    func take() async -> Timestamp {
        await withCheckedContinuation { continuation in
            let goOn = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if goOn { continuation.resume() }
        }
        let turn = state.withLock { state in
            state.turns += 1
            return state.turns
        }
        return Bench.usualMoment - .days(1800 - 2 * (turn % 800))
    }

    func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
