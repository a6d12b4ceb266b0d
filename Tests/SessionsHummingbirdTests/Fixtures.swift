import Hummingbird
import HummingbirdTesting
import Logging
import SessionsHummingbird
import Synchronization

struct Context: SessionsRequestContext {
    var coreContext: CoreRequestContextStorage
    var sessions: RequestSessions

    init(source: Source) {
        coreContext = .init(source: source)
        sessions = .init(source: source)
    }
}

struct Unexpected: Error {}

/// What was logged, as one text.
final class Log: Sendable {
    let lines = Mutex<[String]>([])
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

struct LogKeeper: LogHandler {
    let log: Log
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    init(_ log: Log) { self.log = log }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        log.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var setCookies: [String] { headers[values: .setCookie] }
}
