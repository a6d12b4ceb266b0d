import Foundation
import RedisServers
import Sessions
import SessionsStores
import StoreSupport
import Testing

/// A store of a test's own, as its server and the command line have it open.
struct CLIStore: Sendable {
    /// The kinds of store that the command line is tested on.
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case sqlite
        case redis

        var testDescription: String { rawValue }
    }

    let url: String
    let store: any SessionStore

    func run(_ arguments: String...) async throws -> SessionsProcess {
        try await SessionsProcess(arguments, environment: ["SESSIONS_STORE": url])
    }

    /// Makes a session that was used just now.
    @discardableResult
    func session(
        _ id: SessionID = freshID(), of name: String? = nil, in realm: Realm = .default,
        _ attributes: [String: String] = [:], age: Duration = .zero
    ) async throws -> SessionRecord {
        let principal = try name.map { try Principal($0) }
        let made = record(id, realm: realm, principal: principal, attributes: attributes, at: Self.now - age)
        if let owner = made.owner { try await store.enroll(id, of: owner, at: Self.now) }
        guard try await store.create(made) else { throw SessionsProcess.Missing(description: "a free ID") }
        return made
    }

    func end(_ id: SessionID, _ reason: SessionEnd.Reason) async throws {
        var changes = SessionChanges(expectedGeneration: nil)
        changes.end = SessionEnd(reason: reason, at: Self.now)
        _ = try await store.commit(changes, to: id, at: Self.now)
    }

    func load(_ id: SessionID) async throws -> SessionRecord? { try await store.load(id, at: Self.now) }

    static var now: Timestamp { SystemSessionClock().now }

    /// The URL of an empty store of a kind.
    static func with(_ kind: Kind, _ body: (CLIStore) async throws -> Void) async throws {
        try await withURL(of: kind) { url in
            let store = try await SessionStoreURL(url).open()
            try await body(CLIStore(url: url, store: store))
            try await store.close()
        }
    }

    static func withURL(of kind: Kind, _ body: (String) async throws -> Void) async throws {
        switch kind {
        case .redis:
            try await body("redis://127.0.0.1:\(TestServers.single.port)?keyprefix=cli-\(UUID().uuidString)")
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cli-" + UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: folder) }
            try await body("sqlite:\(folder.path)/sessions.db")
        }
    }
}

/// A text of the command line with `DATE` for every date, and without the number of minutes, which depends on how long the
/// test takes.
func dateless(_ text: String) -> String {
    text.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC/, with: "DATE")
        .replacing(/[0-9]+ min ago/, with: "N min ago").replacing(/in [0-9]+ min/, with: "in N min")
}
