import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("G9: an error in the midst of a write fails all of it", .timeLimit(.minutes(10)))
struct PartialWriteTests {
    /// One statement of an operation.
    struct Step: CustomTestStringConvertible, Sendable {
        let operation: Operation
        let statement: String
        var testDescription: String { "\(operation): \(statement)" }
    }

    enum Operation: CaseIterable, Sendable {
        case create, set, change, remove, signIn, switchUser, end, enroll, raise, expire, forget, clean, confirm
        case forgetWatermark, quarantine, forgetQuarantined, health

        /// What it does to the tables.
        var statements: [String] {
            switch self {
            case .create: ["INSERT ON session", "INSERT ON session_attribute", "INSERT ON principal_session"]
            case .set: ["UPDATE ON session", "INSERT ON session_attribute"]
            case .change: ["UPDATE ON session", "UPDATE ON session_attribute"]
            case .remove: ["UPDATE ON session", "DELETE ON session_attribute"]
            case .signIn: ["UPDATE ON session", "INSERT ON principal_session"]
            case .switchUser: ["UPDATE ON session", "UPDATE ON principal_session", "INSERT ON principal_session"]
            case .end: ["UPDATE ON session", "DELETE ON session_attribute"]
            case .enroll: ["INSERT ON principal_session"]
            case .raise: ["INSERT ON watermark"]
            case .expire: ["UPDATE ON session", "DELETE ON session_attribute"]
            case .forget: ["UPDATE ON principal_session", "DELETE ON session", "DELETE ON session_attribute"]
            case .clean: ["DELETE ON principal_session"]
            case .confirm: ["UPDATE ON principal_session"]
            case .forgetWatermark: ["DELETE ON watermark"]
            case .quarantine:
                [
                    "INSERT ON quarantined_session", "INSERT ON quarantined_attribute", "DELETE ON session",
                    "DELETE ON session_attribute", "UPDATE ON principal_session",
                ]
            case .forgetQuarantined: ["DELETE ON quarantined_session", "DELETE ON quarantined_attribute"]
            case .health: ["INSERT ON session_attribute", "DELETE ON session_attribute"]
            }
        }

        /// Sets the stage: there are a user's session 1 and a visitor's 2, each with an attribute.
        func prepare(_ store: SQLiteSessionStore, ann: SessionOwner) async throws {
            switch self {
            case .clean: try await store.enroll(id(7), of: ann, at: start)
            case .confirm: try await store.enroll(id(1), of: ann, at: start)
            case .forgetWatermark: _ = try await store.watermark(of: ann, raisedTo: start - .days(2))
            case .quarantine, .forgetQuarantined:
                try await store.pool.write { db in
                    try db.execute(sql: "UPDATE session SET carrier = '?' WHERE id = ?", arguments: ["\(id(1))"])
                }
                if self == .forgetQuarantined { _ = try await store.quarantine(id(1), at: start - .days(40)) }
            default: break
            }
        }

        func perform(_ store: SQLiteSessionStore, ann: SessionOwner, bob: SessionOwner) async throws {
            switch self {
            case .create:
                let new = record(
                    id(9), digests: 9, principal: ann.principal, attributes: ["b": "1"], at: start)
                _ = try await store.create(new)
            case .set: _ = try await store.commit(setting("b", to: "1"), to: id(2), at: start)
            case .change: _ = try await store.commit(setting("a", to: "2"), to: id(2), at: start)
            case .remove:
                var removal = SessionChanges(expectedGeneration: 1)
                removal.attributes["a"] = .remove
                _ = try await store.commit(removal, to: id(2), at: start)
            case .signIn: _ = try await store.commit(signingIn(bob.principal, at: start), to: id(2), at: start)
            case .switchUser: _ = try await store.commit(signingIn(bob.principal, at: start), to: id(1), at: start)
            case .end: _ = try await store.commit(ending(at: start), to: id(1), at: start)
            case .enroll: try await store.enroll(id(2), of: bob, at: start)
            case .raise: _ = try await store.watermark(of: bob, raisedTo: start)
            case .expire: _ = try await store.sweep(at: start + .minutes(31), limit: 10)
            case .forget: _ = try await store.sweep(at: start + .days(2), limit: 10)
            case .clean, .confirm, .forgetWatermark, .forgetQuarantined:
                _ = try await store.sweep(at: start + .minutes(10), limit: 10)
            case .quarantine: _ = try await store.quarantine(id(1), at: start)
            case .health: try await store.checkHealth()
            }
        }
    }

    static let steps = Operation.allCases.flatMap { operation in
        operation.statements.map { Step(operation: operation, statement: $0) }
    }

    private static func contents(of store: SQLiteSessionStore) async throws -> [String] {
        try await store.pool.read { db in
            let tables = [
                "session", "session_attribute", "principal_session", "watermark", "quarantined_session",
                "quarantined_attribute",
            ]
            return try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { row in
                    table + row.map { "\($0) = \($1)" }.joined(separator: ", ")
                }
            }
        }
    }

    @Test(
        "An operation whose statement fails throws, changes nothing, and works when it is tried again", arguments: steps
    )
    func step(_ step: Step) async throws {
        try await withStore { (store) async throws in
            let (ann, bob) = (owner(try Principal("ann")), owner(try Principal("bob")))
            _ = try await store.create(record(id(1), principal: ann.principal, attributes: ["a": "1"], at: start))
            _ = try await store.create(record(id(2), digests: 2, attributes: ["a": "1"], at: start))
            try await step.operation.prepare(store, ann: ann)
            let before = try await Self.contents(of: store)
            #expect(before.count >= 5)
            try await store.pool.write { db in
                try db.execute(
                    sql: "CREATE TRIGGER fault BEFORE \(step.statement) BEGIN SELECT RAISE(ABORT, 'made up'); END")
            }
            await expectError(.unavailable, mentioning: "made up") {
                try await step.operation.perform(store, ann: ann, bob: bob)
            }
            #expect(try await Self.contents(of: store) == before)
            try await store.pool.write { db in try db.execute(sql: "DROP TRIGGER fault") }
            try await step.operation.perform(store, ann: ann, bob: bob)
            if step.operation != .health { #expect(try await Self.contents(of: store) != before) }
        }
    }

    @Test("A sweep that can't move the bound of a session that was used since throws")
    func bound() async throws {
        try await withStore { (store) async throws in
            _ = try await store.create(record(id(2), at: start))
            _ = try await store.commit(touching(at: start + .minutes(9)), to: id(2), at: start)
            try await store.pool.write { db in
                try db.execute(
                    sql: "CREATE TRIGGER fault BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'made up'); END")
            }
            await expectError(.unavailable, mentioning: "made up") {
                _ = try await store.sweep(at: start + .minutes(31), limit: 10)
            }
        }
    }
}
