import Sessions
import SessionsTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct SourceTests {
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
        func words(_ source: SeededRandomSource, _ count: Int) throws -> [[UInt64]] {
            try (0..<count).map { _ in
                let (high, low) = try source.words()
                return [high, low]
            }
        }
        let drawn = try words(first, 100)
        #expect(try words(again, 100) == drawn)
        #expect(Set(drawn).count == 100)
        #expect(try words(other, 1)[0] != drawn[0])
    }

    @Test func aFailingSourceGivesWhatItHasAndThenFails() throws {
        let source = FailingRandomSource(after: 2)
        #expect(try source.words() != source.words())
        #expect(throws: SessionError.self) { try source.words() }
        #expect(throws: SessionError.self) { try source.words() }
    }
}
