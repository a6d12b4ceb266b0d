import Sessions

/// What happened to a session: what its record tells, and what this server saw besides.
struct SessionStory {
    struct Entry: Equatable {
        let at: Timestamp
        let text: String
        var detail = ""
        /// What it is about, for the order.
        fileprivate let topic: String

        /// What happened in one millisecond is told in the order in which it must have happened.
        fileprivate var rank: Int {
            let topics = ["created", "authenticated", "renewed", "used", "ended"]
            return topics.firstIndex(of: topic) ?? topics.count
        }
    }

    /// The oldest first.
    private(set) var entries: [Entry] = []

    /// An event and what the record says of the same are this far apart at most, unless it is a sign-in.
    private static let tolerance = Duration.seconds(2)
    /// Between the check of a password and the answer of a slow store.
    private static let longestRequest = Duration.seconds(60)
    private static let maximumEvents = 100

    /// - Parameter now: a session whose timeout has passed by then is over
    init(of session: SessionInfo, _ activity: SessionActivity?, at now: Timestamp) {
        let record = session.record
        var seen = Array((activity?.latest(Self.maximumEvents) { $0.id == session.id } ?? []).reversed())
        if let act = Self.endOfAll(session, activity, seen, at: now) { seen.append(act) }
        for event in seen {
            // Of its end the record says more.
            guard event.endReason == nil, let text = event.text else { continue }
            // A session is made once, and then it begins: the event comes when the store has it.
            let moment = event.kind == .created ? record.createdAt : event.at
            entries.append(Entry(at: moment, text: text, detail: event.detail, topic: event.topic))
        }
        entries += Self.entries(of: session, seen, at: now)
        entries = entries.enumerated().sorted { left, right in
            (left.element.at, left.element.rank, left.offset) < (right.element.at, right.element.rank, right.offset)
        }.map(\.element)
    }

    /// The end of all sessions of its user by which an operator has ended this one.
    ///
    /// It is reported when all of them are over: soon after the end of this one, which this server has seen then, and which
    /// was no act of its own.
    private static func endOfAll(
        _ session: SessionInfo, _ activity: SessionActivity?, _ seen: [SessionActivity.Entry], at now: Timestamp
    ) -> SessionActivity.Entry? {
        guard let activity, let end = session.end(at: now), end.reason == .endedByOperator,
            !seen.contains(where: { $0.kind == .operatorActed(.endedSession) && !$0.hasFailed })
        else { return nil }
        let times = end.at...(end.at + tolerance)
        let events = activity.latest(maximumEvents) { event in
            if event.id == session.id { return event.endReason != nil }
            return event.kind == .operatorActed(.endedAll) && event.principal == session.principal
                && times.contains(event.at)
        }
        return events.reversed().drop { $0.endReason == nil }.dropFirst().first
    }

    /// What a record tells by itself, on every server, without what the events tell already.
    private static func entries(
        of session: SessionInfo, _ seen: [SessionActivity.Entry], at now: Timestamp
    ) -> [Entry] {
        let record = session.record
        var entries: [Entry] = []
        if !seen.contains(where: { $0.kind == .created }) {
            entries.append(Entry(at: record.createdAt, text: "Created", topic: "created"))
        }
        entries += authentications(of: record, seen)
        if record.previous != nil, !seen.contains(where: { $0.kind == .renewed && tells(record.secretIssuedAt, $0) }) {
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

    /// The sign-in and the step-ups that no event tells.
    ///
    /// A record says when the credentials were checked, and an event when the store had that: a slow store or a slow hash of
    /// a password lies in between, and an identity provider may have checked them hours before.
    private static func authentications(of record: SessionRecord, _ seen: [SessionActivity.Entry]) -> [Entry] {
        var steps = record.authentications.map { step in
            (at: step.at, text: "Authenticated again", detail: "by \(step.method.rawValue)")
        }
        if steps.isEmpty, let moment = record.authenticatedAt { steps = [(moment, "Signed in", "")] }
        // A sign-in begins the list. One that came before it was put away by an authentication of the same kind.
        let startsWithSignIn = steps.count < Authentication.maximumCount
        let wasSignedIn = steps.first.map { first in
            seen.contains { $0.kind == .signedIn && $0.at + tolerance < first.at }
        }
        if startsWithSignIn, wasSignedIn == false { steps[0].text = "Signed in" }
        var isTold = steps.map { _ in false }
        for event in seen.reversed() {
            let step: Int?
            switch event.kind {
            case .signedIn: step = startsWithSignIn ? steps.indices.first : nil
            case .steppedUp:
                step = steps.indices.last { index in
                    !isTold[index] && steps[index].at <= event.at + tolerance
                        && (index > 0 || !startsWithSignIn || event.at <= steps[index].at + longestRequest)
                }
            default: step = nil
            }
            if let step, steps[step].at <= event.at + tolerance { isTold[step] = true }
        }
        return zip(steps, isTold).filter { !$1 }.map { step, _ in
            // The session that a sign-in makes begins when its credentials have been checked.
            Entry(at: max(step.at, record.createdAt), text: step.text, detail: step.detail, topic: "authenticated")
        }
    }

    /// Whether an event is about what the record has of this moment.
    private static func tells(_ moment: Timestamp, _ event: SessionActivity.Entry) -> Bool {
        (event.at - moment).milliseconds.magnitude <= tolerance.milliseconds
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
