import Foundation
import RedisServers
import ShopDriver
import Synchronization
import Testing

/// Black-box tests of the shop: the real executable, seen over HTTP alone.
@Suite("The shop", .timeLimit(.minutes(10))) enum ShopTests {}

/// Where a shop under test keeps its sessions.
enum ShopStore: String, CaseIterable, CustomTestStringConvertible {
    case memory, sqlite, redis

    var testDescription: String { rawValue }

    /// A place for a shop of its own.
    func option(in directory: String) async throws -> [String] {
        switch self {
        case .memory: ["--store", "memory"]
        case .sqlite: ["--store", "sqlite:\(directory)/shop.db"]
        case .redis: ["--store", try await SharedRedis.nextURL]
        }
    }
}

/// A Redis for all shops of this process, which keeps nothing on disk, with a database for each.
private enum SharedRedis {
    private static let server = Task {
        let server = try RedisProcess(["--appendonly", "no", "--databases", "\(databases)"])
        try await server.start()
        return server
    }
    private static let databases = 10_000
    private static let used = Atomic(0)

    static var nextURL: String {
        get async throws {
            let number = used.add(1, ordering: .relaxed).newValue
            return "redis://127.0.0.1:\(try await server.value.port)/\(number)"
        }
    }
}

/// Runs `body` with an open shop that is gone afterwards.
///
/// A few shops at a time, for the machine's sake.
func withShop(
    _ store: ShopStore = .memory, _ arguments: String..., body: (ShopProcess) async throws -> Void
) async throws {
    try await withDirectory { directory in
        try await withShop(running: try await store.option(in: directory) + arguments, body)
    }
}

/// The same with a shop on a store that the test has started.
func withShop(on url: String, body: (ShopProcess) async throws -> Void) async throws {
    try await withShop(running: ["--store", url, "--lab"], body)
}

func withShop(running arguments: [String], _ body: (ShopProcess) async throws -> Void) async throws {
    await Turnstile.shared.enter()
    defer { Turnstile.shared.leave() }
    let shop = try await ShopProcess.open(arguments)
    defer { shop.signal(SIGKILL) }
    try await body(shop)
    #expect(shop.exitIfEnded == nil, "the shop ended: \(shop.errors)")
    // H-6, A-16.2.5: what a shop says never holds a token.
    #expect(!holdsToken(shop.output + shop.errors))
}

/// Whether a text holds 64 characters of base64url in a row.
func holdsToken(_ text: String) -> Bool {
    var length = 0
    return text.utf8.contains { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): length += 1
        default: length = 0
        }
        return length == 64
    }
}

/// Lets in a few at a time.
final class Turnstile: Sendable {
    static let shared = Turnstile()
    private struct State {
        var free = 3
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
