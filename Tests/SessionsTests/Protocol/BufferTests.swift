import Testing

@testable import Sessions

@Suite("What a request has set and removed, and not written yet", .timeLimit(.minutes(10)))
struct BufferTests {
    private func code(_ body: () throws(SessionError) -> Void) -> SessionError.Code? {
        do { try body() } catch { return error.code }
        return nil
    }

    @Test(
        "A standing that takes writes buffers them, and another refuses and buffers nothing",
        arguments: RequestStateTests.table)
    func standings(_ row: RequestStateTests.Row) {
        for edit in [SessionChanges.Edit.set(json: "1"), .remove] {
            var state = row.situation.state()
            let found = code { () throws(SessionError) in try state.buffer(edit, as: "a", limits: .init()) }
            #expect(found == row.refusal)
            #expect(state.edits.names == (row.refusal == nil ? ["a"] : []))
            #expect(state.edit(of: "a") == (row.refusal == nil ? edit : nil))
            #expect(state.edit(of: "b") == nil)
        }
    }

    @Test(
        "Only an open request holds edits: afterwards each is refused as too late, whatever the standing",
        arguments: Situation.allCases)
    func phases(_ situation: Situation) throws {
        var state = situation.state()
        if state.refusal == nil { try state.buffer(.set(json: "1"), as: "a", limits: .init()) }
        let waiting = state.edits.names
        #expect(state.beginFinish().names == waiting)
        for isSealed in [false, true] {
            if isSealed { _ = state.seal(refusal: nil, at: .arrival, arrivedAt: .arrival, under: .sample()) }
            #expect(state.isSealed == isSealed)
            #expect(state.edits.isEmpty && state.edit(of: "a") == nil)
            for edit in [SessionChanges.Edit.set(json: "1"), .remove] {
                let found = code { () throws(SessionError) in try state.buffer(edit, as: "b", limits: .init()) }
                #expect(found == .sealed)
            }
            state.dropEdits(["a": .set(json: "1")])
            #expect(state.edits.isEmpty)
        }
    }

    @Test("A second finish has nothing to write")
    func secondFinish() throws {
        var state = Situation.presented.state()
        try state.buffer(.set(json: "1"), as: "a", limits: .init())
        #expect(state.beginFinish().names == ["a"])
        #expect(state.beginFinish().isEmpty)
        #expect(state.sketch == "presented r1 finishing")
    }

    @Test("Edits are seen over what is stored, in the order of their names")
    func overlay() throws {
        var state = Situation.presented.state(.sample(attributes: ["a": "1", "b": "2"]))
        try state.buffer(.set(json: "3"), as: "c", limits: .init())
        try state.buffer(.remove, as: "a", limits: .init())
        try state.buffer(.set(json: "4"), as: "b", limits: .init())
        let attributes = state.attributes(with: state.edits)
        #expect(attributes.map(\.name) == ["b", "c"] && attributes.map(\.json) == ["4", "3"])
        #expect(state.record?.attributes.names == ["a", "b"])
        try state.buffer(.set(json: "5"), as: "a", limits: .init())
        #expect(state.edit(of: "a") == .set(json: "5") && state.edits.count == 3)
    }

    @Test("An edit that makes the session too large is refused and changes nothing; a removal never is")
    func limits() throws {
        let limits = SessionLimits(attributeBytes: 4, sessionBytes: 12, attributeCount: 3)
        var state = Situation.presented.state(.sample(attributes: ["a": "1", "b": "2"]))
        try state.buffer(.set(json: "1234"), as: "c", limits: limits)
        for (name, json) in [("d", "1"), ("c", "12345")] {
            let found = code { () throws(SessionError) in try state.buffer(.set(json: json), as: name, limits: limits) }
            #expect(found == .tooLarge)
        }
        // a1 b2 c1234 take 9 bytes, b1234 12, and a12 13.
        try state.buffer(.set(json: "1234"), as: "b", limits: limits)
        let found = code { () throws(SessionError) in try state.buffer(.set(json: "12"), as: "a", limits: limits) }
        #expect(found == .tooLarge)
        #expect(state.edits.map(\.value) == [.set(json: "1234"), .set(json: "1234")])
        // A session over a limit that was lowered since can shrink.
        var large = Situation.presented.state(.sample(attributes: ["a": "1", "b": "2", "c": "3", "d": "4", "e": "5"]))
        try large.buffer(.remove, as: "a", limits: limits)
        #expect(large.edits.names == ["a"])
    }

    @Test("What was written otherwise is dropped, unless it has been replaced meanwhile")
    func dropping() throws {
        var state = Situation.presented.state()
        for name in ["a", "b", "c"] { try state.buffer(.set(json: "1"), as: name, limits: .init()) }
        let written = state.edits
        try state.buffer(.set(json: "2"), as: "b", limits: .init())
        try state.buffer(.remove, as: "c", limits: .init())
        state.dropEdits(written)
        #expect(state.edits.names == ["b", "c"])
        state.dropEdits(["x": .remove])
        #expect(state.edits.names == ["b", "c"])
        state.dropEdits(["b": .set(json: "2"), "c": .remove])
        #expect(state.sketch == "presented r1")
    }
}
