import Synchronization
import Testing

@testable import Sessions

@Suite("The turns of one request's store calls", .timeLimit(.minutes(10)))
struct TurnLockTests {
    private final class Shared: Sendable {
        let turn = TurnLock()
        let log = Mutex<[String]>([])
    }

    @Test("A turn that is taken is not given to another before it is yielded")
    func oneAtATime() {
        let turn = TurnLock()
        let (first, second) = (turn.tryTake(), turn.tryTake())
        turn.yield()
        let (third, fourth) = (turn.tryTake(), turn.tryTake())
        #expect([first, second, third, fourth] == [true, false, true, false])
    }

    @Test("A turn that was waited for is taken as well")
    func takenByWaiting() async {
        let turn = TurnLock()
        await turn.take()
        let whileTaken = turn.tryTake()
        turn.yield()
        let afterwards = turn.tryTake()
        #expect(!whileTaken && afterwards)
    }

    @Test("Many who wait get the turn one after the other, and it is free after the last")
    func handedOn() async {
        let shared = Shared()
        await shared.turn.take()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await shared.turn.take()
                    shared.log.withLock { $0.append("begin") }
                    await Task.yield()
                    shared.log.withLock { $0.append("end") }
                    shared.turn.yield()
                }
            }
            shared.log.withLock { $0.append("end of the first") }
            shared.turn.yield()
        }
        let log = shared.log.withLock { $0 }
        #expect(log == ["end of the first"] + (0..<100).flatMap { _ in ["begin", "end"] })
        let isFree = shared.turn.tryTake()
        #expect(isFree)
    }
}
