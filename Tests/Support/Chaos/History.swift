/// Events, indexed by the sessions that they can have to do with.
struct History {
    /// In the order in which they were asked for.
    ///
    /// What the store may have lost since counts as unknown.
    let events: [Event]
    /// The same, as they were answered.
    let witnessed: [Event]
    private let outages: [Outage]
    /// The requests that took so long that the overlap may have passed for what they presented or got.
    private let slow: [Event]
    /// The events that gave out a token of a session.
    ///
    /// The first is the one that made it.
    private var receipts: [String: [Event]] = [:]
    /// When a request was first sent with a secret of a session that was good no more.
    private var returns: [String: Int64] = [:]
    /// Sign-ins and sign-outs that happened or may have, by the sessions whose tokens they presented.
    private var turns: [String: [Event]] = [:]
    /// The sign-in that gave out a family.
    private(set) var issuers: [String: Event] = [:]
    private(set) var visits: [String: [Event]] = [:]
    private(set) var sets: [String: [String: [Event]]] = [:]
    /// The visitor's session from which a sign-in may have taken attributes along into one of its own.
    private(set) var parents: [String: Set<String>] = [:]

    /// - Parameter longest: how long a request may take without outliving the overlap of its token
    init(_ events: [Event], outages: [Outage] = [], longest: Int64 = .max) {
        self.outages = outages
        witnessed = events.sorted { $0.invoked < $1.invoked }
        slow = events.filter { $0.returned != .max && $0.returned - $0.invoked >= longest }
        let lossy = outages.filter { $0.loss == .theLast }
        self.events = witnessed.map { event in
            guard event.outcome == .ok, lossy.contains(where: { $0.overlaps(event) }) else { return event }
            var event = event
            event.outcome = .unknown
            event.returned = .max
            return event
        }
        for event in witnessed {
            for token in event.received.values {
                receipts[token.session, default: []].append(event)
            }
        }
        returns = Self.returns(of: witnessed)
        for event in self.events {
            if case .refused = event.outcome { continue }
            let touched = effect(of: event).sessions
            switch event.operation {
            case .signIn:
                if let issued = event.received[.signedIn] {
                    if Self.hasIssued(issued.family, event) { issuers[issued.family] = event }
                    let presented = Set(event.presented.values.map(\.session))
                    if !presented.contains(issued.session) {
                        for parent in mayTakeAlong(event) where !isForgotten(parent, before: event) {
                            parents[issued.session, default: []].insert(parent)
                        }
                    }
                }
                for token in event.presented.values { turns[token.session, default: []].append(event) }
            case .signOut:
                for token in event.presented.values { turns[token.session, default: []].append(event) }
            case .visit:
                for session in touched { visits[session, default: []].append(event) }
            case .set(let name, _):
                for session in touched { sets[session, default: [:]][name, default: []].append(event) }
            case .read, .look, .renew:
                break
            }
        }
    }

    /// Whether a sign-in gave out a family.
    ///
    /// One that presented it got its successor at most, also with an answer that doesn't say whether the sign-in happened.
    private static func hasIssued(_ family: String, _ signIn: Event) -> Bool {
        signIn.received[.signedIn]?.family == family
            && !signIn.presented.values.contains { $0.family == family }
    }

    /// A visitor's things are whoever's signs in; those of who was signed in are theirs alone.
    private func mayTakeAlong(_ event: Event) -> [String] {
        event.presented.compactMap { slot, token in
            if slot == .visitor { return token.session }
            guard case .signIn(let before) = issuers[token.family]?.operation else { return nil }
            return event.operation == .signIn(before) ? token.session : nil
        }
    }

    /// Which session an event acted on.
    enum Effect: Equatable {
        case none
        case certain(String)
        case oneOf([String])

        var sessions: [String] {
            switch self {
            case .none: []
            case .certain(let session): [session]
            case .oneOf(let sessions): sessions
            }
        }
    }

    func effect(of event: Event) -> Effect {
        let presented = Set(event.presented.values.map(\.session))
        switch event.outcome {
        case .refused: return .none
        case .unknown:
            let all = presented.union(event.received.values.map(\.session))
            return all.isEmpty ? .none : .oneOf(all.sorted())
        case .ok: break
        }
        if case .look = event.operation { return event.session.map { .certain($0.session) } ?? .none }
        // A session that the request made itself, for what it presented was dead.
        if let made = event.received.values.first(where: { !presented.contains($0.session) }) {
            return .certain(made.session)
        }
        if let renewed = event.received.values.first { return .certain(renewed.session) }
        switch presented.count {
        case 0: return .none
        case 1: return .certain(presented.first ?? "")
        default: return .oneOf(presented.sorted())
        }
    }

    /// Whether something may have ended the session of `token`, or moved its privileges on, before `event` was answered.
    func mayBeDead(_ token: TokenFacts, for event: Event) -> Bool {
        !turns(since: token, before: event).isEmpty || mayLookStolen(token.session, before: event)
            || mayHaveBeenLost(token.session, before: event)
    }

    /// Whether a sign-in may have superseded `token` before `event` was answered, or a renewal so long ago that it counts as
    /// superseded.
    func mayBeSuperseded(_ token: TokenFacts, for event: Event) -> Bool {
        mayLookStolen(token.session, before: event) || !signIns(since: token, before: event).isEmpty
    }

    /// Whether `token` may have meant nothing to the server that answered `event`, though its session went on.
    ///
    /// A session knows the generation before its own, for a minute, and none before that.
    func mayBeForgotten(_ token: TokenFacts, for event: Event) -> Bool {
        if mayHaveGoneBack(token.session, before: event) { return true }
        let signIns = signIns(since: token, before: event)
        return signIns.count > 1 || signIns.contains { $0.invoked + Self.shortestMemory <= event.returned }
    }

    /// Nanoseconds for which a session surely knows the generation before its own: 60 seconds, less what clocks differ by.
    static let shortestMemory: Int64 = 50_000_000_000

    /// Nanoseconds for which a request may surely be sent with a secret after a renewal has replaced it.
    ///
    /// That is the overlap of a run, less what the clocks of its servers differ by and what a request may take.
    static let shortestOverlap: Int64 = 3_000_000_000

    /// Whether an old secret of a session may have come, before `event` was answered, when it was good no more.
    ///
    /// Clients send what they hold. So that is a thief's, with cookies from before a sign-in that came to nothing, or of a
    /// request that took as long.
    func mayLookStolen(_ session: String, before event: Event) -> Bool {
        (returns[session] ?? .max) < event.returned || mayHaveOutlivedOverlap(session, before: event)
    }

    private static func returns(of events: [Event]) -> [String: Int64] {
        /// When a token was first given to a client, and when a client first came with it: then its overlap may begin.
        var born: [TokenFacts: Int64] = [:], seen: [TokenFacts: Int64] = [:]
        /// The tokens of a family, in the order of its renewals.
        var families: [String: [TokenFacts]] = [:]
        var returns: [String: Int64] = [:]
        for event in events {
            for token in event.presented.values {
                if seen[token] == nil { seen[token] = event.invoked }
                guard returns[token.session] == nil, let birth = born[token] else { continue }
                let isOld = families[token.family, default: []].contains { successor in
                    guard let later = born[successor], later > birth, let seen = seen[successor] else { return false }
                    return seen + shortestOverlap <= event.invoked
                }
                if isOld { returns[token.session] = event.invoked }
            }
            for token in event.received.values where born[token] == nil {
                born[token] = event.invoked
                families[token.family, default: []].append(token)
            }
        }
        return returns
    }

    private func signIns(since token: TokenFacts, before event: Event) -> [Event] {
        turns(since: token, before: event).filter { if case .signIn = $0.operation { true } else { false } }
    }

    /// The sign-ins and sign-outs that may have touched a session since `token` was given out and before `event` was answered.
    private func turns(since token: TokenFacts, before event: Event) -> [Event] {
        let issuer = issuers[token.family]
        return (turns[token.session] ?? []).filter { turn in
            guard turn.invoked < event.returned else { return false }
            if turn.invoked == event.invoked && turn.client == event.client { return false }
            if Self.hasIssued(token.family, turn) { return false }
            // What was over before the token was given out did not touch it.
            if let issuer, turn.returned < issuer.invoked { return false }
            return true
        }
    }

    /// Whether the store may have lost a session, its last privilege change or its last renewal before `event` was answered.
    func mayHaveBeenLost(_ session: String, before event: Event) -> Bool {
        mayHaveGoneBack(session, before: event)
            || outages.contains { outage in
                outage.loss == .everything && outage.from < event.returned
                    && receipts[session]?.first.map { $0.invoked < outage.until } ?? true
            }
    }

    /// Whether a session may have become again what it was before its last privilege change or renewal, before `event` was
    /// answered.
    private func mayHaveGoneBack(_ session: String, before event: Event) -> Bool {
        let receipts = receipts[session] ?? []
        return outages.contains { outage in
            outage.loss == .theLast && outage.from < event.returned && receipts.contains { outage.overlaps($0) }
        }
    }

    /// Whether an old secret of a session may have come after its overlap, or into the jar again, before `event` was answered.
    private func mayHaveOutlivedOverlap(_ session: String, before event: Event) -> Bool {
        slow.contains { slow in
            slow.invoked < event.returned
                && [slow.presented, slow.received].contains { $0.values.contains { $0.session == session } }
        }
    }

    /// The outage in which the store forgot a session for certain.
    func oblivion(of session: String) -> Outage? {
        guard let maker = receipts[session]?.first else { return nil }
        return outages.first { $0.loss == .everything && maker.returned < $0.from }
    }

    private func isForgotten(_ session: String, before event: Event) -> Bool {
        oblivion(of: session).map { $0.until < event.invoked } ?? false
    }

    /// The sessions whose attributes may have come along into `session`.
    func ancestors(of session: String) -> Set<String> {
        var found: Set<String> = []
        var next = parents[session] ?? []
        while let one = next.popFirst() {
            if found.insert(one).inserted { next.formUnion(parents[one] ?? []) }
        }
        return found
    }
}
