import Sessions
import SessionsTesting
import Testing

@Suite struct SourceTests {
    @Test func aManualClockMovesOnlyWhenTold() {
        let clock = ManualClock(Timestamp(milliseconds: 1000))
        #expect(clock.now.milliseconds == 1000)
        clock.advance(by: .milliseconds(5))
        #expect(clock.now.milliseconds == 1005)
        clock.advance(by: .milliseconds(-10))
        #expect(clock.now.milliseconds == 995)
        clock.move(to: Timestamp(milliseconds: 7))
        #expect(clock.now.milliseconds == 7)
    }

    @Test func aSeedGivesTheSameBlocksAgain() throws {
        let (first, again, other) = (
            SeededRandomSource(seed: 1), SeededRandomSource(seed: 1), SeededRandomSource(seed: 2)
        )
        let blocks = try (0..<100).map { _ in try first.block() }
        #expect(try (0..<100).map { _ in try again.block() } == blocks)
        #expect(Set(blocks).count == 100)
        #expect(try other.block() != blocks[0])
    }

    @Test func aFailingSourceGivesWhatItHasAndThenFails() throws {
        let source = FailingRandomSource(after: 2)
        #expect(try source.block() != source.block())
        #expect(throws: SessionError.self) { try source.block() }
        #expect(throws: SessionError.self) { try source.block() }
    }
}
