import Foundation
import Sessions
import Synchronization

/// Keeps each session in a JSON file of its own: an example of a store, for one process and few sessions.
///
/// `docs/writing-a-store.md` walks through it.
final class FilePerSessionStore: SessionStore {
    /// Held over each read, decision and write: it is what makes them one step.
    private let directory: Mutex<URL>
    let limits: SessionLimits

    /// - Parameter directory: exists, can be written, and is used by this store alone
    init(directory: URL, limits: SessionLimits = .init()) {
        self.directory = Mutex(directory)
        self.limits = limits
    }

    /// Runs `body` alone, and gives whatever the disk throws the code that callers know.
    private func alone<Answer>(
        _ body: (URL) throws -> sending Answer
    ) throws(SessionError) -> Answer {
        do {
            return try directory.withLock { directory in try body(directory) }
        } catch let error as SessionError {
            throw error
        } catch {
            throw SessionError(.unavailable, "the directory of sessions can't be used", cause: error)
        }
    }
}

// MARK: - One session

extension FilePerSessionStore {
    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try alone { directory in try Self.read(id, in: directory) }
    }

    func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) { throw SessionError(.tooLarge, excess.description) }
        return try alone { directory in
            if try Self.read(record.id, in: directory) != nil { return false }
            try Self.write(record, in: directory)
            return true
        }
    }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try alone { directory in
            guard var record = try Self.read(id, in: directory) else { return .missing }
            let result = changes.apply(to: &record, at: now, limits: limits)
            if case .committed = result { try Self.write(record, in: directory) }
            return result
        }
    }

    private static func file(_ id: SessionID, in directory: URL) -> URL {
        directory.appendingPathComponent("\(id).json")
    }

    private static func read(_ id: SessionID, in directory: URL) throws -> SessionRecord? {
        let text: Data
        do {
            text = try Data(contentsOf: file(id, in: directory))
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        }
        do {
            return try JSONDecoder().decode(SessionFile.self, from: text).record(id)
        } catch {
            throw SessionError(.corrupt, "session \(id) can't be read", cause: error)
        }
    }

    private static func write(_ record: SessionRecord, in directory: URL) throws {
        // Atomic: a new file takes the old one's place, so that no crash leaves half a session.
        try JSONEncoder().encode(SessionFile(record)).write(to: file(record.id, in: directory), options: .atomic)
    }
}

// MARK: - Principals

extension FilePerSessionStore {
    /// Lists read every record, so there is no index that could be wrong.
    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {}

    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
        try alone { directory in
            // A list of pairs, since keys of a dictionary are the same when they only look the same.
            var watermarks: [Watermark] = []
            let file = directory.appendingPathComponent("watermarks")
            if FileManager.default.fileExists(atPath: file.path) {
                watermarks = try JSONDecoder().decode([Watermark].self, from: Data(contentsOf: file))
            }
            let index = watermarks.firstIndex {
                $0.realm == owner.realm.name && $0.principal.utf8.elementsEqual(owner.principal.name.utf8)
            }
            let known = index.map { Timestamp(milliseconds: watermarks[$0].milliseconds) }
            guard let raisedTo else { return known }
            let raised = max(known ?? raisedTo, raisedTo)
            if let index { watermarks.remove(at: index) }
            watermarks.append(
                Watermark(realm: owner.realm.name, principal: owner.principal.name, milliseconds: raised.milliseconds))
            try JSONEncoder().encode(watermarks).write(to: file, options: .atomic)
            return raised
        }
    }

    private struct Watermark: Codable {
        let realm: String
        let principal: String
        let milliseconds: Int64
    }
}

// MARK: - Many sessions

extension FilePerSessionStore {
    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        let start = try query.cursor.map { text throws(SessionError) in
            guard let id = SessionID(text) else { throw SessionError(.invalid, "the cursor isn't one of this store") }
            return id
        }
        return try alone { directory in
            var records: [SessionRecord] = []
            for id in try Self.ids(in: directory) where start.map({ $0 < id }) ?? true {
                guard let record = try Self.read(id, in: directory), query.wants(record, at: now) else { continue }
                records.append(record)
                if records.count == query.limit { return SessionPage(records: records, next: id.description) }
            }
            return SessionPage(records: records, next: nil)
        }
    }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try alone { directory in
            var result = SweepResult(examined: 0)
            for id in try Self.ids(in: directory) where result.examined < limit {
                guard var record = try Self.read(id, in: directory), record.dueAt <= now else { continue }
                result.examined += 1
                if record.end == nil {
                    record.end(SessionEnd(reason: .expired, at: record.deadline))
                    result.expired.append(record)
                }
                if record.forgettableAt <= now {
                    try FileManager.default.removeItem(at: Self.file(id, in: directory))
                } else {
                    try Self.write(record, in: directory)
                }
            }
            return result
        }
    }

    /// Writes a file as a session's would be, reads it and removes it.
    func checkHealth() async throws(SessionError) {
        try alone { directory in
            let file = directory.appendingPathComponent("health")
            try Data("ok".utf8).write(to: file, options: .atomic)
            _ = try Data(contentsOf: file)
            try FileManager.default.removeItem(at: file)
        }
    }

    /// Every call opens and closes what it uses.
    func close() async throws(SessionError) {}

    /// In order, so that a page can go on where the one before ended.
    private static func ids(in directory: URL) throws -> [SessionID] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .compactMap { name in name.hasSuffix(".json") ? SessionID(name.dropLast(5)) : nil }
            .sorted()
    }
}
