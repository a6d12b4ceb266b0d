import Testing

@testable import SessionsRedisClient

@Suite(.timeLimit(.minutes(10))) struct BackoffTests {
    @Test func pausesGrowAndDiffer() {
        for (failures, longest) in [(1, 20), (2, 40), (3, 80), (6, 640), (7, 1000), (1000, 1000)] {
            let pauses = (0..<100).map { _ in Backoff.pause(after: failures) }
            #expect(pauses.allSatisfy { .milliseconds(longest / 2) <= $0 && $0 <= .milliseconds(longest) })
            #expect(Set(pauses).count > 3)
        }
        var backoff = Backoff()
        let start = ContinuousClock.now
        #expect(backoff.failure(at: start) == nil)
        backoff.failed(.disconnected, "gone", at: start)
        #expect(backoff.failure(at: start + .milliseconds(9))?.message == "gone")
        #expect(backoff.failure(at: start + .milliseconds(21)) == nil)
    }
}
