import NIOCore
import Synchronization

/// Is opened once; what waits for it goes on then.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for work in waiting { work() }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func whenOpen(on eventLoop: any EventLoop, _ work: @escaping @Sendable () -> Void) {
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiting.append { eventLoop.execute(work) } }
            return state.isOpen
        }
        if isOpen { work() }
    }
}
