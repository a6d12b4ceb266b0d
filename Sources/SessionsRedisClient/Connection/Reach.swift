import Synchronization

/// Whether a server is in reach, as the answers and failures of its commands tell.
///
/// A server that has been out of reach for longer than ``RedisClientConfiguration/outageTolerance`` isn't waited for:
/// commands fail at once, while it is tried again in the background. The first answer ends that. A server that has
/// never answered is waited for until the caller's deadline.
final class Reach: Sendable {
    typealias Outcome = PendingCommand.Outcome

    private enum Phase: UInt8, AtomicRepresentable {
        case unknown
        case answers
        case fails
    }

    private struct Outage {
        var since: ContinuousClock.Instant
        /// What the last attempt met with.
        var last: Outcome
    }

    private struct State {
        var outage: Outage?
        /// Whether a task tries the server again.
        var isTried = false
    }

    private let tolerance: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let beginning: ContinuousClock.Instant
    private let phase: Atomic<Phase>
    /// Nanoseconds from `beginning` to when anything came from the server.
    private let heard = Atomic<Int64>(.min)
    private let state = Mutex(State())

    /// - Parameter isKnown: whether the server counts as one that has answered before
    init(_ configuration: RedisClientConfiguration, isKnown: Bool = false) {
        tolerance = configuration.outageTolerance
        now = configuration.now
        beginning = now()
        phase = .init(isKnown ? .answers : .unknown)
    }

    /// Notes that bytes came from the server, whatever they say.
    func hear(at time: ContinuousClock.Instant) {
        let (seconds, attoseconds) = (time - beginning).components
        heard.store(seconds * 1_000_000_000 + attoseconds / 1_000_000_000, ordering: .relaxed)
    }

    /// What a command is answered at once, where the server is known to be out of reach.
    var refusal: Outcome? {
        guard phase.load(ordering: .relaxed) == .fails, let outage = state.withLock({ $0.outage }) else { return nil }
        let duration = outage.since.duration(to: now())
        guard duration > tolerance else { return nil }
        guard case .failure(let failure) = outage.last else { return outage.last }
        let seconds = duration.components.seconds
        return .failure(
            LinkFailure(
                reason: .disconnected, isSent: false,
                message: "\(failure.message); it has been out of reach for over \(seconds) s, so it isn't waited for"))
    }

    /// Takes what came of a command, and tries the server in the background if that began an outage.
    ///
    /// - Parameters:
    ///   - asked: when the caller began to wait
    ///   - key: a key of the command's, with which the server is tried
    func note(
        _ outcome: Outcome, askedAt asked: ContinuousClock.Instant, key: [UInt8], over route: any CommandRoute
    ) {
        guard let since = lossTime(of: outcome, askedAt: asked) else {
            if case .failure(let failure) = outcome, failure.reason != .refused { return }
            return end()
        }
        let isTried = state.withLock { state in
            guard phase.load(ordering: .relaxed) != .unknown else { return true }
            phase.store(.fails, ordering: .relaxed)
            state.outage = Outage(since: min(state.outage?.since ?? since, since), last: outcome)
            defer { state.isTried = true }
            return state.isTried
        }
        if isTried { return }
        Task { [weak route] in
            await tryAgain(key: key) { [weak route] in route }
        }
    }

    /// Since when the server has been out of reach, if the outcome says that it is.
    private func lossTime(
        of outcome: Outcome, askedAt asked: ContinuousClock.Instant
    ) -> ContinuousClock.Instant? {
        switch outcome {
        case .success(.error(let error)): return Retry.isPassing(error) ? now() : nil
        case .success: return nil
        case .failure(let failure):
            switch failure.reason {
            case .disconnected: return now()
            case .timedOut: return max(asked, beginning + .nanoseconds(max(heard.load(ordering: .relaxed), 0)))
            // One that turns this client away is there, and says so to every command.
            case .released, .refused, .cancelled, .unaccepted, .closed: return nil
            }
        }
    }

    private func end() {
        if phase.load(ordering: .relaxed) == .answers { return }
        state.withLock { state in
            state.outage = nil
            phase.store(.answers, ordering: .relaxed)
        }
    }

    /// Asks the server until it answers or its client is gone.
    private func tryAgain(key: [UInt8], over route: @Sendable () -> (any CommandRoute)?) async {
        // A key shows also what a server says that is there and can't serve it.
        let command =
            key.isEmpty ? RedisCommand("PING", key: [], effect: .read) : RedisCommand("EXISTS", on: key, effect: .read)
        repeat {
            // The connections space out their attempts; until their next, each fails at once.
            try? await Task.sleep(for: .milliseconds(100))
            let asked = now()
            guard let route = route() else { return }
            let outcome = await route.attempt(command, deadline: .now + .seconds(5))
            if case .failure(let failure) = outcome, failure.reason == .closed { return }
            note(outcome, askedAt: asked, key: key, over: route)
        } while state.withLock { state in
            state.isTried = state.outage != nil
            return state.isTried
        }
    }
}

extension Result<RedisReply, LinkFailure> {
    func reply() throws(RedisFailure) -> RedisReply {
        do {
            return try get()
        } catch {
            throw error.failure
        }
    }
}

extension Reach {
    /// Sends a command, again where that can't apply it twice, until its deadline or until the server is known to be
    /// out of reach.
    func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant, over route: any CommandRoute
    ) async throws(RedisFailure) -> RedisReply {
        let asked = now()
        var retry = Retry(deadline: deadline)
        while true {
            if let refusal { return try refusal.reply() }
            let outcome = await route.attempt(command, deadline: deadline)
            note(outcome, askedAt: asked, key: command.key, over: route)
            switch outcome {
            case .success(.error(let error)) where Retry.isPassing(error):
                retry.note(error)
                guard await retry.pause() else { return .error(error) }
            case .success(let reply):
                return reply
            case .failure(let failure):
                guard failure.reason != .closed, Retry.mayRepeat(command, after: failure), await retry.pause() else {
                    throw retry.ending(with: failure)
                }
                retry.note(failure)
            }
        }
    }
}
