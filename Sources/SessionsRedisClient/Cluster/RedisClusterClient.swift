import Synchronization

/// Commands to a Redis or Valkey Cluster: each goes to the primary that has its key's slot.
///
/// The slots are learned from the cluster and learned again when a node sends a command on, is gone or stays silent.
/// A command that is known not to have been applied is tried again, and so is a read whose answer was lost, until its
/// deadline or until the node has been out of reach for longer than ``RedisClientConfiguration/outageTolerance``. A
/// failover that is shorter costs no error. From then on commands for the node's slots fail at once, until it answers or
/// another node has them.
public final class RedisClusterClient: RedisCommands {
    private struct State {
        var slots = SlotMap()
        var servers: [ServerAddress: Known] = [:]
        /// When nodes last failed or owed answers and said nothing: for a while they are asked last where the slots are.
        var suspects: [ServerAddress: ContinuousClock.Instant] = [:]
        /// Why the slots could not be learned the last time.
        var problem: String?
        var isStale = true
        var isLearning = false
        /// When the slots may be learned again for nodes that aren't waited for.
        var nextLearning: ContinuousClock.Instant?
        var isClosed = false
    }

    private struct Known {
        let server: RedisClient
        /// When it was made, or a command was last sent on to it.
        var neededAt: ContinuousClock.Instant
    }

    /// How long a node is kept that the cluster doesn't list, as one that has just begun to take slots over.
    private static let patience = Duration.seconds(60)
    /// How long a node that failed or owes answers is asked last where the slots are.
    private static let suspicion = Duration.seconds(3)

    private let seeds: [ServerAddress]
    private let profile: ServerProfile
    private let state = Mutex(State())

    /// Creates a client, which connects on first use.
    ///
    /// - Parameters:
    ///   - seeds: some nodes of the cluster; the others are learned
    ///   - configuration: the settings of the connections to every node
    /// - Throws: ``RedisConfigurationError`` where the authorities for TLS can't be read
    public init(
        _ seeds: [ServerAddress], configuration: RedisClientConfiguration = .init()
    ) throws(RedisConfigurationError) {
        self.seeds = seeds
        profile = try ServerProfile(configuration, mode: .cluster)
    }

    /// Sends one command to the primary of its slot, again where that can't apply it twice, and returns its answer.
    public func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        let slot = HashSlot.of(command.key)
        var retry = Retry(deadline: deadline)
        var asked: ServerAddress?
        var last: RedisReply?
        var redirections = 0
        while true {
            let target: RedisClient
            let isAsking = asked != nil
            if let address = asked {
                target = try server(address)
                state.withLock { $0.servers[address]?.neededAt = now }
                asked = nil
            } else {
                guard let owner = try await owner(of: slot, deadline: deadline, retry: &retry) else {
                    if let last { return last }
                    let problem = state.withLock { $0.problem }.map { "; \($0)" } ?? ""
                    throw RedisFailure(
                        .notApplied,
                        "no node of the cluster (\(Self.list(seeds))) has slot \(slot) or can say which has\(problem)")
                }
                target = owner
            }
            if let refusal = target.reach.refusal {
                learnSometimes()
                return try refusal.reply()
            }
            let asking = now
            let outcome = await target.execute(command, deadline: deadline, isAsking: isAsking)
            target.reach.note(outcome, askedAt: asking, key: command.key, over: target)
            switch outcome {
            case .success(.error(let error)):
                last = .error(error)
                let isSentOn = ["MOVED", "ASK"].contains(error.code)
                if isSentOn, let redirection = Redirection(error, from: target.address) {
                    if error.code == "ASK" {
                        asked = redirection.address
                    } else {
                        state.withLock {
                            $0.slots[redirection.slot] = redirection.address
                            $0.isStale = true
                        }
                    }
                    redirections += 1
                    // Nodes that disagree about a slot send a command round and round.
                    if redirections.isMultiple(of: 3), !(await retry.pause()) { return .error(error) }
                } else if isSentOn || Retry.isPassing(error) {
                    // Sent on to a node whose name isn't known there yet, or not to be answered yet.
                    markStale()
                    retry.note(error)
                    guard await retry.pause() else { return .error(error) }
                } else {
                    return .error(error)
                }
            case .success(let reply):
                return reply
            case .failure(let failure):
                // What the caller did, and not the node, says nothing about the slots.
                if failure.reason != .cancelled, failure.reason != .unaccepted {
                    state.withLock { state in
                        state.isStale = true
                        state.suspects[target.address] = now
                    }
                }
                guard Retry.mayRepeat(command, after: failure), await retry.pause() else {
                    throw retry.ending(with: failure)
                }
                retry.note(failure)
            }
        }
    }

    /// Closes the connections; commands under way fail, as every later one does.
    public func close() {
        let servers = state.withLock { state in
            state.isClosed = true
            return state.servers.values.map(\.server)
        }
        for server in servers { server.close() }
    }

    private var now: ContinuousClock.Instant { profile.configuration.now() }

    private func markStale() { state.withLock { $0.isStale = true } }

    private func server(_ address: ServerAddress) throws(RedisFailure) -> RedisClient {
        let server = state.withLock { state -> RedisClient? in
            if state.isClosed { return nil }
            if let known = state.servers[address] { return known.server }
            // One that the cluster names is no server that may only be starting.
            let reach = Reach(profile.configuration, isKnown: !state.slots.nodes.isEmpty)
            let server = RedisClient(address, profile: profile, reach: reach) { [weak self] in
                self?.suspect(address)
            }
            state.servers[address] = Known(server: server, neededAt: now)
            return server
        }
        guard let server else { throw RedisFailure(.notApplied, "the Redis client was closed") }
        return server
    }

    /// The slot's primary as far as is known, after learning the slots if there is reason to.
    private func owner(
        of slot: Int, deadline: ContinuousClock.Instant, retry: inout Retry
    ) async throws(RedisFailure) -> RedisClient? {
        while true {
            let (address, isStale, known) = state.withLock { state in
                let address = state.slots[slot]
                return (address, state.isStale, address.flatMap { state.servers[$0]?.server })
            }
            if !isStale, let address { return try server(address) }
            if let known, known.reach.refusal != nil { return known }
            let hasLearned = try await learn(deadline: deadline)
            if let address = state.withLock({ $0.slots[slot] }), hasLearned || !isStale { return try server(address) }
            // Another task is learning, or no node answers.
            if let address, hasLearned == false { return try server(address) }
            guard await retry.pause() else { return nil }
        }
    }

    private static func list(_ addresses: [ServerAddress]) -> String {
        addresses.map(\.description).joined(separator: ", ")
    }
}

// Learning.
extension RedisClusterClient {
    /// Asks nodes for the slots until one answers.
    ///
    /// - Returns: `false` where another task is at it, or where no node answered
    private func learn(deadline: ContinuousClock.Instant) async throws(RedisFailure) -> Bool {
        let candidates = state.withLock { state -> [ServerAddress]? in
            if state.isLearning { return nil }
            state.isLearning = true
            let lately = now - Self.suspicion
            state.suspects = state.suspects.filter { $0.value > lately }
            let known = Set(state.slots.nodes).union(state.slots.replicas).union(seeds)
            return known.subtracting(state.suspects.keys).shuffled()
                + known.intersection(state.suspects.keys).shuffled()
        }
        guard let candidates else { return false }
        defer { state.withLock { $0.isLearning = false } }
        var refusal: RedisFailure?
        for address in candidates {
            var command = RedisCommand("CLUSTER", key: [], effect: .read)
            command.append("SLOTS")
            let patience = min(deadline, .now + profile.configuration.connectTimeout)
            switch await (try server(address)).execute(command, deadline: patience) {
            case .success(let reply):
                if let slots = SlotMap(reply, from: address) {
                    adopt(slots)
                    return true
                }
                let answer = if case .error(let error) = reply { error.message } else { "something else" }
                state.withLock { $0.problem = "Redis at \(address) answered CLUSTER SLOTS with \(answer)" }
            case .failure(let failure):
                // What was answered before says more than an answer that didn't come.
                state.withLock { state in
                    if failure.reason != .timedOut || state.problem == nil { state.problem = failure.message }
                }
                if failure.reason == .refused { refusal = failure.failure }
                if failure.reason == .cancelled { throw failure.ofAQuestion.failure }
            }
            if ContinuousClock.now >= deadline { break }
        }
        if let refusal { throw refusal }
        return false
    }

    private func adopt(_ learned: SlotMap) {
        var slots = learned
        let (relieved, unused) = state.withLock { state -> ([RedisClient], [RedisClient]) in
            if slots.isPartial { slots.complete(from: state.slots) }
            let relieved = Set(state.slots.nodes).union(state.suspects.keys).subtracting(slots.nodes)
                .compactMap { state.servers[$0]?.server }
            state.slots = slots
            state.isStale = false
            state.problem = nil
            let listed = Set(slots.nodes).union(slots.replicas).union(seeds)
            let recently = now - Self.patience
            let unused = state.servers.filter { !listed.contains($0.key) && $0.value.neededAt < recently }
            for address in unused.keys { state.servers[address] = nil }
            return (relieved, unused.values.map(\.server))
        }
        for server in relieved { server.releaseWaiting("its slots are on other nodes now") }
        for server in unused { server.close() }
    }

    /// Learns the slots in the background, ten times a second at most.
    private func learnSometimes() {
        let isDue = state.withLock { state in
            guard !state.isLearning, !state.isClosed, state.nextLearning.map({ $0 <= now }) ?? true else {
                return false
            }
            state.nextLearning = now + .milliseconds(100)
            return true
        }
        guard isDue else { return }
        Task { _ = try? await learn(deadline: .now + profile.configuration.connectTimeout) }
    }

    /// A node that owes answers says nothing: perhaps its slots are elsewhere already.
    private func suspect(_ address: ServerAddress) {
        state.withLock { $0.suspects[address] = now }
        Task { _ = try? await learn(deadline: .now + profile.configuration.connectTimeout) }
    }
}

extension RedisClusterClient: OwnClient {
    package func server(of key: [UInt8]) -> ServerAddress? { state.withLock { $0.slots[HashSlot.of(key)] } }

    package var replicas: [ServerAddress] { state.withLock { Array($0.slots.replicas) } }

    package func send(
        _ command: RedisCommand, to replica: ServerAddress, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        switch await (try server(replica)).execute(command, deadline: deadline) {
        case .success(let reply): return reply
        case .failure(let failure): throw failure.failure
        }
    }
}
