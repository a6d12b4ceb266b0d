import Synchronization

/// How far a run has come: on a slow machine it takes longer until it has shown something.
final class Progress: Sendable {
    private struct State {
        var answered: Set<String> = []
        var isOver = false
    }

    private let state = Mutex(State())

    /// Whether clients make no more requests.
    var isOver: Bool {
        get { state.withLock { $0.isOver } }
        set { state.withLock { $0.isOver = newValue } }
    }

    /// Whether every kind of operation was answered.
    var hasAllAnswers: Bool { state.withLock { $0.answered.isSuperset(of: Operation.kinds) } }

    func noteAnswer(to operation: Operation) { state.withLock { _ = $0.answered.insert(operation.kind) } }
}
