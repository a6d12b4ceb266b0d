package import Sessions
import Synchronization

/// Keeps what a manager reports.
package final class RecordedEvents: Sendable {
    private let recorded = Mutex<[SessionEvent]>([])

    /// An observer that writes here.
    var observer: any SessionObserver {
        SessionEventHandler { event in self.recorded.withLock { $0.append(event) } }
    }

    /// The events since the last time.
    package func take() -> [SessionEvent] {
        recorded.withLock { recorded in
            defer { recorded = [] }
            return recorded
        }
    }
}
