import Synchronization

/// Lets one store call of a request happen at a time, in the order in which they were asked for, so that nothing reorders.
///
/// A part of the request's state, under whose lock it is: to take the turn and to look at the state is one step.
struct Turns: Sendable {
    private(set) var isFree = true
    private(set) var waiting: [CheckedContinuation<Void, Never>] = []

    /// Takes the turn if it is free.
    mutating func tryTake() -> Bool {
        defer { isFree = false }
        return isFree
    }

    /// Takes the turn if it is free; else `waiter` has it when it is resumed.
    mutating func tryTake(for waiter: CheckedContinuation<Void, Never>) -> Bool {
        if !isFree { waiting.append(waiter) }
        return tryTake()
    }

    /// Gives the turn to the longest waiting, if any.
    ///
    /// - Returns: who has it now and is to be resumed, outside of the lock
    mutating func yield() -> CheckedContinuation<Void, Never>? {
        isFree = waiting.isEmpty
        return isFree ? nil : waiting.removeFirst()
    }
}

extension SessionHandle {
    /// Takes the turn if it is free.
    func tryTakeTurn() -> Bool { state.withLock { $0.turns.tryTake() } }

    /// Waits for the turn and takes it.
    func takeTurn() async {
        await withCheckedContinuation { waiter in
            if state.withLock({ $0.turns.tryTake(for: waiter) }) { waiter.resume() }
        }
    }

    /// Gives the turn to the longest waiting, if any.
    func yieldTurn() { state.withLock { $0.turns.yield() }?.resume() }
}
