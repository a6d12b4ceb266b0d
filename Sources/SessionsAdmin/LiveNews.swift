import ServiceLifecycle
import Synchronization

/// The news of an open page, as events that a browser's `EventSource` takes.
///
/// A stream ends after about a minute, and the browser asks for another one, so that the authoriser is asked again.
struct LiveNews: Sendable {
    /// How often a page is looked at, and how many looks there are in one stream.
    static let interval = Duration.seconds(2)
    static let looksPerStream = 30
    /// After this many looks without news a comment tells proxies that the connection is in use.
    static let looksPerComment = 7

    fileprivate struct State {
        var looks = 0
        var quietLooks = 0
        var last: HTML?
    }

    /// Waits for the time of the next look.
    let pace: @Sendable () async throws -> Void

    /// Waits for as long; it throws when the task is cancelled or the server shuts down.
    static func pace(of interval: Duration = interval) -> @Sendable () async throws -> Void {
        { try await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) } }
    }

    /// - Parameters:
    ///   - slot: given back when the stream is gone
    ///   - news: what the page shows now
    func stream(_ slot: StreamSlots.Slot, _ news: @escaping @Sendable () async -> HTML) -> AsyncStream<[UInt8]> {
        let box = Box(slot)
        return AsyncStream {
            while true {
                let looks = box.state.withLock { state in
                    defer { state.looks += 1 }
                    return state.looks
                }
                if looks > Self.looksPerStream { return nil }
                if looks == Self.looksPerStream { return Self.event("pause", "") }
                if looks > 0 {
                    do {
                        try await pace()
                    } catch {
                        return nil
                    }
                }
                let page = await news()
                if let bytes = box.state.withLock({ $0.bytes(for: page) }) { return bytes }
            }
        }
    }

    private final class Box: Sendable {
        let state = Mutex(State())
        private let slot: StreamSlots.Slot

        init(_ slot: StreamSlots.Slot) {
            self.slot = slot
        }
    }

    fileprivate static func event(_ name: String, _ data: String) -> [UInt8] {
        var text = "event: \(name)\n"
        for line in data.split(separator: "\n", omittingEmptySubsequences: false) { text += "data: \(line)\n" }
        return Array("\(text)\n".utf8)
    }
}

extension LiveNews.State {
    /// What to send of a look; `nil` for nothing.
    fileprivate mutating func bytes(for page: HTML) -> [UInt8]? {
        let isFirst = last == nil
        guard page != last else {
            quietLooks += 1
            guard quietLooks == LiveNews.looksPerComment else { return nil }
            quietLooks = 0
            return Array(": still here\n\n".utf8)
        }
        last = page
        quietLooks = 0
        return (isFirst ? Array("retry: 1000\n\n".utf8) : []) + LiveNews.event("page", page.text)
    }
}
