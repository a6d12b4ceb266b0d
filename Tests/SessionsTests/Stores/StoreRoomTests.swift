import Testing

@testable import Sessions

/// What stores share: what counts as limited, as growth, and as a batch.
@Suite(.timeLimit(.minutes(10))) struct StoreRoomTests {
    @Test("G11: a store with either limit is limited, and one with none isn't")
    func limits() {
        for (records, bytes, isLimited) in [
            (nil, nil, false), (1, nil, true), (nil, 1, true), (1, 1, true),
        ] as [(Int?, Int?, Bool)] {
            let room = StoreRoom(maximumRecords: records, maximumBytes: bytes, reserve: 0, of: "the store")
            #expect(room.isLimited == isLimited)
        }
    }

    @Test("G11: a full store says that a part is reserved where that part is what a visitor lacks")
    func reserved() {
        func message(_ check: () throws(SessionError) -> Void) -> String? {
            do { try check() } catch { return error.message }
            return nil
        }
        let part = ", but for what is reserved for signed-in users"
        let bytes = StoreRoom(maximumRecords: nil, maximumBytes: 1000, reserve: 0.2, of: "the store")
        for (used, isVisitor, expected) in [
            (800, true, nil), (801, true, part), (1000, false, nil), (1001, false, ""),
        ] as [(Int, Bool, String?)] {
            let found = message { () throws(SessionError) in
                try bytes.check(records: 1, bytes: used, isVisitor: isVisitor)
            }
            let wanted = expected.map { "the store holds 1000 bytes of sessions, its limit\($0); raise maximumBytes" }
            #expect(found == wanted, "\(used)")
        }
        // A tenth of one session is none, though a tenth of the bytes is reserved.
        let one = StoreRoom(maximumRecords: 1, maximumBytes: 1000, reserve: 0.1, of: "the store")
        let full = message { () throws(SessionError) in try one.check(records: 2, bytes: 800, isVisitor: true) }
        #expect(full == "the store holds 1 sessions, its limit; raise maximumRecords")
    }

    @Test("G11: changes that set an attribute may need room, and those that only remove, touch or end don't")
    func growing() {
        var changes = SessionChanges(expectedGeneration: 1)
        changes.lastUsedAt = Timestamp(milliseconds: 1)
        #expect(!changes.sets)
        changes.attributes["a"] = .remove
        #expect(!changes.sets)
        changes.attributes["b"] = .set(json: "1")
        #expect(changes.sets)
        changes.end = SessionEnd(reason: .signedOut, at: Timestamp(milliseconds: 1))
        #expect(!changes.sets)
    }

    @Test("G11: changes grow a session by the bytes of names and texts, whatever its limits, and for whom it is then")
    func growth() throws {
        let record = SessionRecord.sample(attributes: ["a": "1"])
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.attributes = ["a": .remove, "bcd": .set(json: String(repeating: "1", count: 100_000))]
        let visitor = try #require(changes.growth(of: record, at: .arrival))
        #expect(visitor.bytes == 100_001 && visitor.isVisitor)
        changes.privilegeChange = .init(
            secretDigest: .sample(2), familyDigest: .sample(3), principal: try Principal("ada"),
            authenticatedAt: .arrival, at: .arrival)
        let user = try #require(changes.growth(of: record, at: .arrival))
        #expect(user.bytes == 100_001 && !user.isVisitor)
        changes.expectedGeneration = record.generation + 1
        let refused = changes.growth(of: record, at: .arrival).map { $0.bytes }
        #expect(refused == nil)
    }

    @Test(
        "A batch of a sweep runs from a limit of one on, and breaks off with what it has done", arguments: [-1, 0, 1])
    func batches(_ limit: Int) async throws {
        let error = SessionError(.unavailable, "down")
        let done = SessionID(Block16(1, 1))
        let result = try await SweepResult.collected(upTo: limit) { result throws(SessionError) in
            result.examined = 1
            result.unreadable = [done]
            throw error
        }
        #expect(result.examined == max(limit, 0) && result.unreadable == (limit > 0 ? [done] : []))
        #expect((result.failure != nil) == (limit > 0))
        let thrown = await #expect(throws: SessionError.self) {
            try await SweepResult.collected(upTo: 1) { _ throws(SessionError) in throw error }
        }
        #expect(thrown?.code == .unavailable)
    }
}
