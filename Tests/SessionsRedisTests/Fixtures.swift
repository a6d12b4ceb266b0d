import Sessions
import StoreSupport

/// A visitor's session made now: idle timeout 30 minutes, touch interval 1, absolute 8 hours, retention 1 hour.
func record(_ attributes: [String: String] = [:], at now: Timestamp = SystemSessionClock().now) -> SessionRecord {
    record(freshID(), attributes: attributes, at: now)
}

var now: Timestamp { SystemSessionClock().now }
