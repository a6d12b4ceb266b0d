import Logging
import Synchronization

/// What was logged, line by line: the level and the message, and where it is asked for the metadata.
final class Log: Sendable {
    private let kept = Mutex<[String]>([])
    private let hasMetadata: Bool

    init(withMetadata hasMetadata: Bool = false) { self.hasMetadata = hasMetadata }

    var lines: [String] { kept.withLock { $0 } }

    /// The lines since the last call.
    func take() -> [String] {
        kept.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: Log
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(log: Log) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            var line = "\(event.level) \(event.message)"
            if log.hasMetadata {
                let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                line += " " + metadata.joined(separator: " ")
            }
            log.kept.withLock { $0.append(line) }
        }
    }
}
