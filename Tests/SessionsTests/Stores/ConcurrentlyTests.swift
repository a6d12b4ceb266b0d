import Synchronization
import Testing

@testable import Sessions

/// How stores ask many servers, or for many records, at once.
@Suite(.timeLimit(.minutes(10))) struct ConcurrentlyTests {
    @Test("No more items are under way than the limit says, and their answers are in order", arguments: [1, 3, 100])
    func limit(_ limit: Int) async {
        let running = Mutex((now: 0, most: 0))
        let answers = await concurrently(Array(0..<20), atMost: limit) {
            (item: Int) async throws(SessionError) -> Int in
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            // The earlier ones take longer.
            for _ in 0..<(100 * (20 - item)) { await Task.yield() }
            running.withLock { $0.now -= 1 }
            if item % 7 == 3 { throw SessionError(.unavailable, "\(item)") }
            return item * item
        }
        let expected: [Int?] = (0..<20).map { $0 % 7 == 3 ? nil : $0 * $0 }
        #expect(answers.map { try? $0.get() } == expected)
        let (now, most) = running.withLock { ($0.now, $0.most) }
        #expect(now == 0 && (1...limit).contains(most))
    }
}
