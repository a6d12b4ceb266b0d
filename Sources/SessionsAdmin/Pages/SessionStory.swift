import Sessions

/// What happened to a session: what its record tells, and what this server saw besides.
struct SessionStory {
    struct Entry: Equatable {
        let at: Timestamp
        let text: String
        var detail = ""
        /// What of the record and of an event is about the same.
        fileprivate let topic: String

        /// What happened in one millisecond is told in the order in which it must have happened.
        fileprivate var rank: Int {
            let topics = ["created", "authenticated", "renewed", "used", "ended"]
            return topics.firstIndex(of: topic) ?? topics.count
        }
    }

    /// The oldest first.
    private(set) var entries: [Entry] = []

    /// An event and what the record says of the same are this far apart at most.
    private static let tolerance = Duration.seconds(2)
    private static let maximumEvents = 100

    /// - Parameter now: a session whose timeout has passed by then is over
    init(of session: SessionInfo, _ activity: SessionActivity?, at now: Timestamp) {
        let end = session.end(at: now)
        let isOperators = end?.reason == .endedByOperator
        let seen = activity?.latest(Self.maximumEvents) { event in
            if event.id == session.id { return true }
            // What ended it may have been an end of all sessions of its user.
            guard isOperators, let end, event.kind == .operatorActed(.endedAll) else { return false }
            return event.principal == session.principal && event.at >= end.at
        }
        for event in (seen ?? []).reversed() {
            // Of its end the record says more.
            guard event.endReason == nil, let text = event.text else { continue }
            // Only the first of them has ended it.
            if event.id == nil, entries.contains(where: { $0.topic == event.topic }) { continue }
            entries.append(Entry(at: event.at, text: text, detail: event.detail, topic: event.topic))
        }
        for entry in Self.entries(of: session, at: now) {
            let isSeen = entries.contains {
                $0.topic == entry.topic && ($0.at - entry.at).milliseconds.magnitude <= Self.tolerance.milliseconds
            }
            if !isSeen { entries.append(entry) }
        }
        entries = entries.enumerated().sorted { left, right in
            (left.element.at, left.element.rank, left.offset) < (right.element.at, right.element.rank, right.offset)
        }.map(\.element)
    }

    /// What a record tells by itself, on every server.
    private static func entries(of session: SessionInfo, at now: Timestamp) -> [Entry] {
        let record = session.record
        var entries = [Entry(at: record.createdAt, text: "Created", topic: "created")]
        let methods = record.authentications
        for (index, step) in methods.enumerated() {
            let isFirst = index == 0 && methods.count < Authentication.maximumCount
            entries.append(
                Entry(
                    at: step.at, text: isFirst ? "Signed in" : "Authenticated again",
                    detail: "by \(step.method.rawValue)",
                    topic: "authenticated"))
        }
        if methods.isEmpty, let moment = record.authenticatedAt {
            entries.append(Entry(at: moment, text: "Signed in", topic: "authenticated"))
        }
        if record.previous != nil {
            entries.append(Entry(at: record.secretIssuedAt, text: "Got its latest secret", topic: "renewed"))
        }
        if let end = session.end(at: now) {
            entries.append(
                Entry(at: end.at, text: "Ended", detail: Wording.reason(end, of: record), topic: "ended"))
        } else if record.lastUsedAt > record.createdAt {
            entries.append(Entry(at: record.lastUsedAt, text: "Last used", topic: "used"))
        }
        return entries
    }
}

extension SessionActivity.Entry {
    /// The event as people say it; `nil` for one that isn't shown.
    var text: String? {
        switch kind {
        case .created: "Created"
        case .signedIn: "Signed in"
        case .steppedUp: "Authenticated again"
        case .renewed: "Got its next secret"
        case .handedOver: "Was handed over from a URL"
        case .theftSuspected: "An old secret came back"
        case .tokenRefused(.ended): "A client came back after the end"
        case .operatorActed(.endedSession): "Operator \(operatorName) \(hasFailed ? "tried to end it" : "ended it")"
        case .operatorActed(.endedAll):
            "Operator \(operatorName) \(hasFailed ? "tried to end" : "ended") all sessions of the user"
        default: endReason.map { "Ended: \($0)" }
        }
    }

    private var operatorName: String { actingOperator?.name ?? "unknown" }

    /// What stands behind `ended.` in the kind; `nil` of another event.
    var endReason: String? {
        let name = kind.name
        return name.hasPrefix("ended.") ? String(name.dropFirst("ended.".count)) : nil
    }

    var detail: String { client.map { "from \($0)" } ?? "" }

    fileprivate var topic: String {
        switch kind {
        case .created: "created"
        case .signedIn, .steppedUp: "authenticated"
        case .renewed: "renewed"
        default: endReason == nil ? kind.name : "ended"
        }
    }
}
