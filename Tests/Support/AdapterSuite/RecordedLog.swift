package import Logging
import Synchronization

/// Keeps what was logged, a line each with its level and metadata.
package final class RecordedLog: Sendable {
    private let recorded = Mutex<[String]>([])

    package var lines: [String] { recorded.withLock { $0 } }

    /// A logger that writes here what is at least a notice.
    package var logger: Logger { Logger(label: "shop") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.recorded.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
