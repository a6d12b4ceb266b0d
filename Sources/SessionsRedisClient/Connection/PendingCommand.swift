import Synchronization

/// One command on its way, and the caller that waits for it.
///
/// What finishes it first counts: the answer, the deadline, the caller's cancellation or the connection's end. It keeps
/// its place among the answers either way, so that a late answer meets the command that it belongs to.
final class PendingCommand: Sendable {
    typealias Outcome = Result<RedisReply, LinkFailure>

    let command: RedisCommand
    let deadline: ContinuousClock.Instant
    /// Whether `ASKING` goes before it, for a slot that is on its way to this server.
    let isAsking: Bool

    private struct State {
        var waiter: UnsafeContinuation<Outcome, Never>?
        var isSent = false
        var outcome: Outcome?
    }

    private let state = Mutex(State())

    init(_ command: RedisCommand, deadline: ContinuousClock.Instant, isAsking: Bool) {
        self.command = command
        self.deadline = deadline
        self.isAsking = isAsking
    }

    /// Waits until something finishes it.
    ///
    /// - Parameter submit: hands it to a connection, once
    func outcome(server: ServerAddress, submit: (PendingCommand) -> Void) async -> Outcome {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                let known = state.withLock { state -> Outcome? in
                    if state.outcome == nil { state.waiter = waiter }
                    return state.outcome
                }
                if let known { return waiter.resume(returning: known) }
                submit(self)
            }
        } onCancel: {
            fail(.cancelled, "cancelled while waiting for Redis at \(server)")
        }
    }

    var isFinished: Bool { state.withLock { $0.outcome != nil } }

    /// Says that the command is about to be written.
    ///
    /// - Returns: `false` where no caller waits for it any more, so that it must not be written
    func markSent() -> Bool {
        state.withLock { state in
            state.isSent = state.outcome == nil
            return state.isSent
        }
    }

    func succeed(_ reply: RedisReply) { finish { _ in .success(reply) } }

    func fail(_ reason: LinkFailure.Reason, _ message: @autoclosure () -> String) {
        finish { isSent in .failure(.init(reason: reason, isSent: isSent, message: message())) }
    }

    private func finish(_ make: (_ isSent: Bool) -> Outcome) {
        let (waiter, outcome) = state.withLock { state -> (UnsafeContinuation<Outcome, Never>?, Outcome?) in
            guard state.outcome == nil else { return (nil, nil) }
            let outcome = make(state.isSent)
            state.outcome = outcome
            defer { state.waiter = nil }
            return (state.waiter, outcome)
        }
        if let waiter, let outcome { waiter.resume(returning: outcome) }
    }
}
