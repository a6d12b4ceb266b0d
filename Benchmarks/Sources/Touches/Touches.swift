import Foundation
import Sessions
import SessionsPostgres

/// Touches 1,000 sessions in PostgreSQL in turn.
///
/// `Touches URL COUNT BYTES` makes them with an attribute of so many bytes, waits for a line, and touches them so often in
/// all. With `set` behind that, each touch writes the attribute anew.
@main
struct Touches {
    static let callers = 32
    static let sessions = 1000

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst().map(\.self)
        guard arguments.count >= 3, let count = Int(arguments[1]), let bytes = Int(arguments[2]), bytes >= 2 else {
            FileHandle.standardError.write(Data("usage: Touches postgres://… COUNT BYTES [set]\n".utf8))
            exit(64)
        }
        let isSet = arguments.dropFirst(3).first == "set"
        // With patience, for a machine that has much else to do.
        let store = try await PostgresSessionStore(
            url: arguments[0],
            configuration: .init(
                commandTimeout: .seconds(300), lockTimeout: .seconds(300),
                client: .init(statementTimeout: .seconds(300))))
        // Text that no database compresses away.
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
        func text() -> String { "\"" + String((0..<(bytes - 2)).map { _ in letters.randomElement() ?? "x" }) + "\"" }
        let now = SystemSessionClock().now
        var ids: [SessionID] = []
        for _ in 0..<sessions {
            let record = record(text(), at: now)
            guard try await store.create(record) else { continue }
            ids.append(record.id)
        }
        print("ready")
        fflush(nil)
        _ = readLine()
        let all = ids
        let json = text()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) {
                        var changes = SessionChanges(expectedGeneration: 1)
                        changes.lastUsedAt = now + .milliseconds(number)
                        if isSet { changes.attributes = ["data": .set(json: json)] }
                        let id = all[number % all.count]
                        guard case .committed = try await store.commit(changes, to: id, at: now) else {
                            throw SessionError(.contention, "a touch was refused")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await store.close()
    }

    private static func record(_ json: String, at now: Timestamp) -> SessionRecord {
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        let digest = SecretDigest(bytes: random(32))!
        let lifetime = SessionLifetime(
            idleTimeout: .seconds(1800), touchInterval: .seconds(60), absoluteDeadline: now + .seconds(43_200),
            retention: .seconds(3600), isPersistent: false)
        return SessionRecord(
            id: SessionID(bytes: random(16))!, secretDigest: digest, secretIssuedAt: now, familyDigest: digest,
            createdAt: now, lastUsedAt: now, lifetime: lifetime,
            attributes: .init([.init(name: "data", json: json, revision: 1)]))
    }
}
