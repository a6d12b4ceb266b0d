import Synchronization

/// How far a run has come: on a slow machine it takes longer until it has shown something.
final class Progress: Sendable {
    private struct State {
        var answered: Set<String> = []
        var isEnough = false
    }

    private let state = Mutex(State())

    /// Whether the run may end when its time is over.
    var isEnough: Bool {
        get { state.withLock { $0.isEnough } }
        set { state.withLock { $0.isEnough = newValue } }
    }

    /// Whether every kind of operation was answered.
    var hasAllAnswers: Bool { state.withLock { $0.answered.isSuperset(of: Operation.kinds) } }

    func noteAnswer(to operation: Operation) { state.withLock { _ = $0.answered.insert(operation.kind) } }
}
