import HTTPTypes
import Synchronization
import Testing

@testable import Sessions

@Suite("The turns of one request's store calls", .timeLimit(.minutes(10)))
struct TurnsTests {
    private final class Log: Sendable {
        let entries = Mutex<[String]>([])

        func append(_ entry: String) { entries.withLock { $0.append(entry) } }
    }

    private let handle: SessionHandle

    init() throws {
        let request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        handle = try SessionManager(store: MemorySessionStore()).begin(
            request, over: ClientConnection(peer: .local, isTLS: true))
    }

    @Test("A turn that is taken is not given to another before it is yielded")
    func oneAtATime() {
        let (first, second) = (handle.tryTakeTurn(), handle.tryTakeTurn())
        handle.yieldTurn()
        let (third, fourth) = (handle.tryTakeTurn(), handle.tryTakeTurn())
        #expect([first, second, third, fourth] == [true, false, true, false])
    }

    @Test("A turn that was waited for is taken as well")
    func takenByWaiting() async {
        await handle.takeTurn()
        let whileTaken = handle.tryTakeTurn()
        handle.yieldTurn()
        let afterwards = handle.tryTakeTurn()
        #expect(!whileTaken && afterwards)
    }

    @Test("Many who wait get the turn one after the other, and it is free after the last")
    func handedOn() async {
        let log = Log()
        await handle.takeTurn()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await handle.takeTurn()
                    log.append("begin")
                    await Task.yield()
                    log.append("end")
                    handle.yieldTurn()
                }
            }
            log.append("end of the first")
            handle.yieldTurn()
        }
        #expect(
            log.entries.withLock { $0 } == ["end of the first"] + (0..<100).flatMap { _ in ["begin", "end"] })
        #expect(handle.tryTakeTurn())
    }
}
