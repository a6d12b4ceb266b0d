// Stand in for the standard library's continuations, of which the thread sanitizer doesn't see all: where one is resumed
// before its task has begun to wait, the runtime lets the task go on without telling the sanitizer, which then calls
// whatever the answer holds a race. Here a lock that it knows is passed before each resumption, and after it by the task.

struct CheckedContinuation<Value, Failure: Error>: Sendable {
    fileprivate let continuation: _Concurrency.CheckedContinuation<Value, Failure>
    fileprivate let handOver: SeenHandOver
}

extension CheckedContinuation where Failure == Never {
    func resume(returning value: sending Value) {
        handOver.pass()
        continuation.resume(returning: value)
    }

    func resume() where Value == Void { resume(returning: ()) }
}

func withCheckedContinuation<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: (CheckedContinuation<Value, Never>) -> Void
) async -> sending Value {
    let handOver = SeenHandOver()
    let value = await _Concurrency.withCheckedContinuation { continuation in
        body(CheckedContinuation(continuation: continuation, handOver: handOver))
    }
    handOver.pass()
    return value
}

/// A checked one too: an answer to an unchecked one is written where the sanitizer sees it, and not that it was passed on.
typealias UnsafeContinuation = CheckedContinuation

func withUnsafeContinuation<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: (UnsafeContinuation<Value, Never>) -> Void
) async -> sending Value {
    await withCheckedContinuation(isolation: isolation, body)
}

private final class SeenHandOver: Sendable {
    private let lock = Mutex(())

    func pass() { lock.withLock { _ in } }
}
