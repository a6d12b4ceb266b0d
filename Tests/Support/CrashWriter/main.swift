import Foundation
import Sessions
import SessionsSQLite

/// Commits to a few sessions until it is killed, and prints "ID revision" after each acknowledgement.
///
/// Arguments: the session file, `full` or `normal`.
let path = CommandLine.arguments[1]
let synchronous: SQLiteSessionStore.Configuration.Synchronous = CommandLine.arguments[2] == "full" ? .full : .normal
let store = try await SQLiteSessionStore(
    path: path,
    // Patient: two processes write as fast as they can, on whatever machine.
    configuration: .init(
        synchronous: synchronous, busyTimeout: .seconds(300), lockTolerance: .seconds(300),
        commitDeadline: .seconds(300)))
let now = Timestamp(milliseconds: 1_000_000)

try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 1...8 {
        group.addTask {
            let digest = SecretDigest(Block32(Block16(0, 1), Block16(2, UInt64(number))))
            let record = SessionRecord(
                id: SessionID(Block16(UInt64(getpid()), UInt64(number))), secretDigest: digest, secretIssuedAt: now,
                familyDigest: digest, createdAt: now, lastUsedAt: now,
                lifetime: SessionLifetime(
                    idleTimeout: nil, touchInterval: .zero, absoluteDeadline: now + .days(1), retention: .hours(1),
                    isPersistent: false))
            guard try await store.create(record) else { return }
            var revision: UInt64 = 1
            while true {
                var changes = SessionChanges(expectedGeneration: 1)
                changes.attributes["n"] = .set(json: "\(revision + 1)")
                let result = try await store.commit(changes, to: record.id, at: now)
                guard case .committed(let record) = result else { return }
                revision = record.revision
                // One write of less than a page: lines of several tasks don't mix.
                FileHandle.standardOutput.write(Data("\(record.id) \(revision)\n".utf8))
            }
        }
    }
    try await group.waitForAll()
}
