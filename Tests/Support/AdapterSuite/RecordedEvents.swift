package import Sessions
import Synchronization

/// Keeps what a manager reports.
package final class RecordedEvents: Sendable {
    private let recorded = Mutex<[SessionEvent]>([])
    private let kept = Mutex<[SessionEvent]>([])

    /// An observer that writes here.
    var observer: any SessionObserver {
        SessionEventHandler { event in
            self.recorded.withLock { $0.append(event) }
            self.kept.withLock { $0.append(event) }
        }
    }

    /// Every event so far.
    package var all: [SessionEvent] { kept.withLock { $0 } }

    /// The events since the last time.
    package func take() -> [SessionEvent] {
        recorded.withLock { recorded in
            defer { recorded = [] }
            return recorded
        }
    }
}
