import Synchronization

/// Lets one store call of a request happen at a time, in the order in which they were asked for, so that nothing reorders.
struct TurnLock: ~Copyable, Sendable {
    struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Takes the turn if it is free.
    func tryTake() -> Bool {
        state.withLock { state in
            if state.isTaken { return false }
            state.isTaken = true
            return true
        }
    }

    /// Waits for the turn and takes it.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Gives the turn to the longest waiting, if any.
    func yield() {
        let isFree = state.withLock { state in
            state.isTaken = !state.waiting.isEmpty
            return !state.isTaken
        }
        if !isFree { state.withLock { $0.waiting.removeFirst() }.resume() }
    }
}
