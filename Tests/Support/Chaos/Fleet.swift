import SessionsTesting
import ShopDriver
import Synchronization

/// Several shops on one store, which are killed and come back.
final class Fleet: Sendable {
    struct Counters {
        var kills = 0, stops = 0, pauses = 0
    }

    private struct Server {
        var shop: ShopProcess?
        /// Empty while it is gone: its port may be another shop's by then, on another store.
        var address = ""
        /// Milliseconds that its clock is ahead.
        ///
        /// It never goes back.
        var offset = 0
    }

    private struct State {
        var servers: [Server]
        var counters = Counters()
    }

    private let state: Mutex<State>
    private let arguments: [String]
    /// Milliseconds between the clocks of two servers: below the configured skew of five seconds.
    static let maximumSkew = 4000

    init(count: Int, arguments: [String], random: inout SplitMix64) {
        self.arguments = arguments
        let servers = (0..<count).map { _ in Server(offset: random.below(Self.maximumSkew)) }
        state = Mutex(State(servers: servers))
    }

    var counters: Counters { state.withLock { $0.counters } }
    var offsets: [Int] { state.withLock { $0.servers.map(\.offset) } }
    var count: Int { state.withLock { $0.servers.count } }

    func address(of index: Int) -> String { state.withLock { $0.servers[index].address } }

    func openAll() async throws {
        for index in 0..<count { try await open(index) }
    }

    private func open(_ index: Int) async throws {
        let offset = state.withLock { $0.servers[index].offset }
        let shop = try await ShopProcess.open(
            arguments + ["--lab", "--clock-offset", "\(offset)ms", "--sign-in-tries", "0"])
        let address = shop.address
        state.withLock { state in
            state.servers[index].shop = shop
            state.servers[index].address = address
        }
    }

    /// Kills, stops or pauses one server, and has it back, its clock perhaps further on.
    func disturb(_ random: inout SplitMix64) async throws {
        let index = random.below(count)
        guard let shop = state.withLock({ $0.servers[index].shop }) else { return }
        let kind = random.below(10)
        if kind < 2 {
            state.withLock { $0.counters.pauses += 1 }
            shop.pause()
            try await Task.sleep(for: .milliseconds(50 + random.below(400)))
            shop.resume()
            return
        }
        if kind < 8 {
            state.withLock { $0.counters.kills += 1 }
            try await shop.killNow()
        } else {
            state.withLock { $0.counters.stops += 1 }
            try await shop.stop()
        }
        let step = random.below(1500)
        state.withLock { state in
            state.servers[index].address = ""
            let slowest = state.servers.map(\.offset).min() ?? 0
            let target = min(state.servers[index].offset + step, slowest + Self.maximumSkew)
            state.servers[index].offset = max(state.servers[index].offset, target)
        }
        try await open(index)
    }

    func closeAll() async {
        for shop in state.withLock({ $0.servers.compactMap(\.shop) }) { try? await shop.killNow() }
    }
}
