import Foundation
public import Logging
public import Sessions
import Synchronization

/// Remembers what this server lately saw of a realm's sessions, for the operators' pages.
///
/// Give it to the `SessionManager` as an observer and to ``AdminPages``. It knows what happened on this server alone,
/// since it was made. Its memory is bounded: an hour of counters, and the latest events.
public final class SessionActivity: SessionObserver {
    /// What happened in one minute.
    struct Minute: Sendable, Equatable {
        /// The number of the minute since 1970.
        let number: Int64
        var created = 0
        var ended = 0
        /// The marks that sessions in use have made, of which two may share one.
        var marks = 0

        /// How many sessions were in use, about: by how many places for marks are still free.
        var active: Int {
            let places = Double(Marks.count)
            let free = max(places - Double(marks), 1)
            return Int((-places * log(free / places)).rounded())
        }
    }

    /// The places for marks of sessions that are in use, by a part of their random IDs.
    struct Marks: Sendable {
        static let count = 1 << 16
        private var words = [UInt64](repeating: 0, count: count / 64)

        /// - Returns: whether the mark is new
        mutating func set(_ id: SessionID) -> Bool {
            let place = Int(id.block.low & UInt64(Self.count - 1))
            let bit = UInt64(1) << UInt64(place % 64)
            guard words[place / 64] & bit == 0 else { return false }
            words[place / 64] |= bit
            return true
        }

        mutating func clear() {
            for index in words.indices { words[index] = 0 }
        }
    }

    /// An event, as far as pages show it.
    struct Entry: Sendable {
        let at: Timestamp
        let kind: SessionEvent.Kind
        let id: SessionID?
        let principal: Principal?
        let client: NetworkAddress?
        let actingOperator: Principal?
        let hasFailed: Bool

        init(_ event: SessionEvent) {
            at = event.at
            kind = event.kind
            id = event.id
            principal = event.principal
            client = event.client
            actingOperator = event.actingOperator
            hasFailed = event.error != nil
        }
    }

    fileprivate struct State {
        /// Each at the remainder of its number by 60.
        var minutes = [Minute](repeating: Minute(number: .min), count: SessionActivity.minuteCount)
        /// Of the sessions that are in use in the minute ``markedMinute``.
        var marks = Marks()
        var markedMinute = Int64.min
        /// The latest events; from ``oldest`` on, and then from the start.
        var entries: [Entry] = []
        var oldest = 0
        /// The sessions of which it is remembered that a client came after their end, which a client could say all day.
        var bounced: Set<SessionID> = []
    }

    static let minuteCount = 60

    private let realm: Realm
    private let maximumEvents: Int
    private let state = Mutex(State())

    /// Makes an observer that has seen nothing.
    ///
    /// - Parameters:
    ///   - realm: whose sessions are observed; those of others are left out
    ///   - maximumEvents: how many events are remembered, 100 bytes and more each
    public init(of realm: Realm = .default, maximumEvents: Int = 10_000) {
        self.realm = realm
        self.maximumEvents = max(maximumEvents, 1)
    }

    /// It hears of events and uses alone.
    public var observesOperations: Bool { false }
    /// It hears of every use, to tell how many sessions are in use.
    public var observesUses: Bool { true }

    /// Marks the session as one that is in use in this minute.
    public func observeUse(of id: SessionID, in realm: Realm, at moment: Timestamp) {
        guard realm == self.realm else { return }
        state.withLock { $0.mark(id, in: Self.number(of: moment)) }
    }

    /// Counts the event and remembers it.
    public func observe(_ event: SessionEvent, logger: Logger?) {
        guard event.realm == realm, Self.isRemembered(event) else { return }
        let isEnd = event.isEnd
        state.withLock { state in
            if event.kind == .created || isEnd {
                state.change(Self.number(of: event.at)) { minute in
                    if isEnd { minute.ended += 1 } else { minute.created += 1 }
                }
                if !isEnd, let id = event.id { state.mark(id, in: Self.number(of: event.at)) }
            }
            if event.kind == .tokenRefused(.ended), let id = event.id, !state.bounced.insert(id).inserted { return }
            state.remember(Entry(event), atMost: maximumEvents)
        }
    }

    /// What strangers can't cause in any number, and what is about a session or an operator.
    private static func isRemembered(_ event: SessionEvent) -> Bool {
        switch event.kind {
        case .created, .signedIn, .steppedUp, .renewed, .handedOver, .theftSuspected, .tokenRefused(.ended),
            .operatorActed(.endedSession), .operatorActed(.endedAll):
            true
        default: event.isEnd
        }
    }

    /// The minutes of the last hour, the present one last.
    func hour(at now: Timestamp) -> [Minute] {
        let last = Self.number(of: now)
        return state.withLock { state in
            (last - Int64(Self.minuteCount) + 1...last).map { state.minute($0) }
        }
    }

    /// The latest events that are wanted, the newest first.
    func latest(_ count: Int, where isWanted: (Entry) -> Bool = { _ in true }) -> [Entry] {
        state.withLock { state in
            var found: [Entry] = []
            for offset in state.entries.indices.reversed() where found.count < count {
                let entry = state.entries[(state.oldest + offset) % state.entries.count]
                if isWanted(entry) { found.append(entry) }
            }
            return found
        }
    }

    private static func number(of moment: Timestamp) -> Int64 { moment.milliseconds / 60_000 }
}

extension SessionActivity.State {
    private func place(_ number: Int64) -> Int {
        let count = Int64(minutes.count)
        return Int((number % count + count) % count)
    }

    func minute(_ number: Int64) -> SessionActivity.Minute {
        let minute = minutes[place(number)]
        return minute.number == number ? minute : .init(number: number)
    }

    /// Changes the counters of a minute, unless a later one has its place.
    mutating func change(_ number: Int64, _ body: (inout SessionActivity.Minute) -> Void) {
        guard minutes[place(number)].number <= number else { return }
        var minute = minute(number)
        body(&minute)
        minutes[place(number)] = minute
    }

    /// Notes that a session is in use, unless a later minute has begun.
    mutating func mark(_ id: SessionID, in number: Int64) {
        guard number >= markedMinute else { return }
        if number > markedMinute {
            marks.clear()
            markedMinute = number
        }
        if marks.set(id) { change(number) { $0.marks += 1 } }
    }

    mutating func remember(_ entry: SessionActivity.Entry, atMost maximum: Int) {
        guard entries.count == maximum else { return entries.append(entry) }
        let forgotten = entries[oldest]
        if forgotten.kind == .tokenRefused(.ended), let id = forgotten.id { bounced.remove(id) }
        entries[oldest] = entry
        oldest = (oldest + 1) % maximum
    }
}

extension SessionEvent {
    var isEnd: Bool { end.map { kind == .ended($0.reason) } ?? false }
}
