import Synchronization

/// Commands to the primary that Redis Sentinel names, wherever a failover takes it.
///
/// Sentinels are asked for the primary on first use, when it fails, when it owes answers and says nothing, and every ten
/// seconds. A command that is known not to have been applied is tried again, and so is a read whose answer was lost,
/// until its deadline or until there has been no primary in reach for longer than
/// ``RedisClientConfiguration/outageTolerance``.
public final class RedisSentinelClient: RedisCommands {
    private struct State {
        /// As the sentinels named it last.
        var primary: RedisClient?
        /// Whether something happened that may mean another primary.
        var isStale = true
        var isAsking = false
        /// When the sentinels are asked although nothing happened.
        var nextLook: ContinuousClock.Instant
        /// The one that answered last comes first.
        var sentinels: [RedisClient]
        var isClosed = false
    }

    /// What the sentinels call the primary.
    public let name: String
    private let profile: ServerProfile
    private let reach: Reach
    private let state: Mutex<State>

    /// Creates a client, which connects on first use.
    ///
    /// - Parameters:
    ///   - sentinels: the sentinels, all of them or as many as may be down and one more
    ///   - name: what they call the primary, as in `sentinel monitor NAME …`
    ///   - configuration: the settings of the connections; its credentials and database are the primary's
    ///   - sentinelCredentials: what the sentinels ask for themselves, if they do
    /// - Throws: ``RedisConfigurationError`` where the authorities for TLS can't be read
    public init(
        _ sentinels: [ServerAddress], primary name: String, configuration: RedisClientConfiguration = .init(),
        sentinelCredentials: RedisClientConfiguration.Credentials? = nil
    ) throws(RedisConfigurationError) {
        self.name = name
        profile = try ServerProfile(configuration, mode: .single)
        reach = Reach(configuration)
        var ofSentinels = configuration
        ofSentinels.credentials = sentinelCredentials
        ofSentinels.database = 0
        ofSentinels.connections = 1
        let sentinelProfile = try ServerProfile(ofSentinels, mode: .sentinel)
        state = Mutex(
            State(nextLook: configuration.now(), sentinels: sentinels.map { RedisClient($0, profile: sentinelProfile) })
        )
    }

    /// Sends one command to the primary, again where that can't apply it twice, and returns its answer.
    public func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        try await reach.send(command, deadline: deadline, over: self)
    }

    /// Closes the connections; commands under way fail, as every later one does.
    public func close() {
        let clients = state.withLock { state in
            state.isClosed = true
            return state.sentinels + [state.primary].compactMap(\.self)
        }
        for client in clients { client.close() }
    }
}

extension RedisSentinelClient: CommandRoute {
    func attempt(_ command: RedisCommand, deadline: ContinuousClock.Instant) async -> PendingCommand.Outcome {
        let primary: RedisClient
        switch await self.primary(by: deadline) {
        case .success(let found): primary = found
        case .failure(let failure): return .failure(failure)
        }
        let outcome = await primary.attempt(command, deadline: deadline)
        if Self.isDoubtful(outcome) {
            state.withLock { if $0.primary === primary { $0.isStale = true } }
        }
        return outcome
    }

    private static func isDoubtful(_ outcome: PendingCommand.Outcome) -> Bool {
        switch outcome {
        case .success(.error(let error)): Retry.isPassing(error)
        case .success: false
        case .failure(let failure): [.disconnected, .timedOut, .refused].contains(failure.reason)
        }
    }
}

// Asking.
extension RedisSentinelClient {
    private static let lookInterval = Duration.seconds(10)

    private func primary(by deadline: ContinuousClock.Instant) async -> Result<RedisClient, LinkFailure> {
        let now = profile.configuration.now()
        let (known, isStale, mayAsk) = state.withLock { state in
            let mayAsk = state.nextLook <= now && !state.isStale && !state.isAsking
            // From here on, for the task that asks may begin when others have been and gone.
            if mayAsk { state.nextLook = now + Self.lookInterval }
            return (state.primary, state.isStale, mayAsk)
        }
        if let known, !isStale {
            if mayAsk { askInBackground() }
            return .success(known)
        }
        return await ask(by: deadline)
    }

    /// A primary that owes answers says nothing: perhaps there is another already.
    private func askInBackground() {
        Task { _ = await ask(by: .now + profile.configuration.connectTimeout) }
    }

    /// Asks the sentinels one by one until one names the primary.
    ///
    /// - Returns: the primary as it was known, where another task asks or none answers
    private func ask(by deadline: ContinuousClock.Instant) async -> Result<RedisClient, LinkFailure> {
        let (known, sentinels, isClosed) = state.withLock { state -> (RedisClient?, [RedisClient]?, Bool) in
            if state.isAsking || state.isClosed { return (state.primary, nil, state.isClosed) }
            state.isAsking = true
            return (state.primary, state.sentinels, false)
        }
        if isClosed { return .failure(failure(Link.closedMessage, reason: .closed)) }
        guard let sentinels else {
            return known.map { .success($0) } ?? .failure(failure("the sentinels are being asked for it"))
        }
        defer { state.withLock { $0.isAsking = false } }
        var command = RedisCommand("SENTINEL", key: [], effect: .read)
        command.append("GET-MASTER-ADDR-BY-NAME")
        command.append(name)
        var problems: [LinkFailure] = []
        for sentinel in sentinels {
            let patience = min(deadline, .now + profile.configuration.connectTimeout)
            switch await sentinel.execute(command, deadline: patience) {
            case .success(.array(let parts)):
                guard parts.count == 2, let host = parts[0].text, let port = parts[1].number,
                    (1...65_535).contains(port)
                else {
                    problems.append(failure("the sentinel at \(sentinel.address) names it in words of its own"))
                    continue
                }
                return .success(adopt(ServerAddress(host: host, port: Int(port)), from: sentinel))
            case .success(.null):
                problems.append(
                    failure(
                        "the sentinel at \(sentinel.address) knows no primary of that name; see SENTINEL MASTERS",
                        reason: .refused))
            case .success(let reply):
                let answer = if case .error(let error) = reply { error.message } else { "something else" }
                problems.append(failure("the sentinel at \(sentinel.address) answered \(answer)"))
            case .failure(let failure):
                if failure.reason == .cancelled { return .failure(failure.ofAQuestion) }
                problems.append(self.failure(failure.message, reason: failure.reason))
            }
        }
        if let known { return .success(known) }
        // Only where trying again can't help with any of them.
        let isRefused = problems.allSatisfy { $0.reason == .refused }
        guard let told = problems.first(where: { $0.reason == .refused }) ?? problems.first else {
            return .failure(failure("no sentinel is named"))
        }
        return .failure(LinkFailure(reason: isRefused ? .refused : .disconnected, isSent: false, message: told.message))
    }

    private func failure(_ problem: String, reason: LinkFailure.Reason = .disconnected) -> LinkFailure {
        LinkFailure(reason: reason, isSent: false, message: "the Redis primary \(name): \(problem)")
    }

    private func adopt(_ address: ServerAddress, from sentinel: RedisClient) -> RedisClient {
        let (primary, former) = state.withLock { state -> (RedisClient, RedisClient?) in
            state.isStale = false
            state.nextLook = profile.configuration.now() + Self.lookInterval
            if let index = state.sentinels.firstIndex(where: { $0 === sentinel }) {
                state.sentinels.swapAt(0, index)
            }
            let former = state.primary
            if let former, former.address == address { return (former, nil) }
            let primary = RedisClient(address, profile: profile, reach: reach) { [weak self] in
                self?.askInBackground()
            }
            state.primary = primary
            if state.isClosed { primary.close() }
            return (primary, former)
        }
        // It goes when the last caller that waits for it has its answer.
        former?.releaseWaiting("the sentinels name another primary now, \(address)")
        return primary
    }
}

extension RedisSentinelClient: OwnClient {
    package func server(of key: [UInt8]) -> ServerAddress? { state.withLock { $0.primary?.address } }

    package var replicas: [ServerAddress] { [] }

    package func send(
        _ command: RedisCommand, to replica: ServerAddress, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply { try await send(command, deadline: deadline) }
}
