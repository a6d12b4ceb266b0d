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
