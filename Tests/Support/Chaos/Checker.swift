/// What a history shows that must never be.
package struct Violation: Sendable, CustomStringConvertible {
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        /// G4: an update that was answered is missing, counted twice, or out of order.
        case lostUpdate
        /// G4, G9: a set that was answered is missing, or a value is there that nobody wrote.
        case lostSet
        /// G3: a session acted after its sign-out was answered.
        case backFromTheDead
        /// G1, G3: a session acted that the store had forgotten.
        case backFromOblivion
        /// G2: a token from before a sign-in still acted.
        case deadTokenWorks
        /// G2: somebody's privileges without their token.
        case privilegeLeaked
        /// G6, G10: a session was lost or refused, and nothing had touched it.
        case signedOutWithoutCause
        /// G6: an owner's own token was called stolen.
        case falseTheft
        /// Neither success, refusal, nor "not known".
        case wrongStatus
    }

    package let rule: Rule
    package let event: Event
    package let text: String

    package var description: String { "\(rule): \(text)\n    \(event)" }
}

/// Judges histories.
///
/// An answer that never arrived may have happened, at any time after it was asked for, or not; so may one whose effect
/// the store may have lost since.
package struct Checker {
    private let history: History
    private var violations: [Violation] = []

    private init(_ history: History) { self.history = history }

    /// Everything that is wrong with a history; empty where it is possible.
    ///
    /// - Parameters:
    ///   - outages: what happened to the store
    ///   - longest: how long a request may take without outliving the overlap of its token
    package static func check(
        _ events: [Event], outages: [Outage] = [], longest: Int64 = .max
    ) -> [Violation] {
        var checker = Checker(History(events, outages: outages, longest: longest))
        checker.checkStatuses()
        checker.checkCounts()
        checker.checkSets()
        checker.checkEnds()
        checker.checkGenerations()
        checker.checkOblivion()
        checker.checkPrivileges()
        checker.checkCauses()
        return checker.violations
    }

    private mutating func report(_ rule: Violation.Rule, _ event: Event, _ text: String) {
        violations.append(Violation(rule: rule, event: event, text: text))
    }

    private mutating func checkStatuses() {
        for event in history.events {
            if case .refused(let status) = event.outcome, status != 409 {
                report(.wrongStatus, event, "answered \(status)")
            }
        }
    }

    // MARK: Updates

    private mutating func checkCounts() {
        for (session, visits) in history.visits {
            let certain = visits.filter { $0.outcome == .ok && history.effect(of: $0) == .certain(session) }
            let possible = visits.count - certain.count
            let inherited = history.ancestors(of: session).reduce(0) { $0 + (history.visits[$1]?.count ?? 0) }
            var seen: [Int: Event] = [:]
            for event in certain {
                guard let number = event.number else { continue }
                if let other = seen.updateValue(event, forKey: number) {
                    report(.lostUpdate, event, "two updates were both told \(number), also \(other)")
                }
                let before = certain.count { $0.returned < event.invoked }
                if number < before + 1 {
                    report(.lostUpdate, event, "told \(number) after \(before) answered updates")
                }
                let asked = visits.count { $0.invoked < event.returned } + inherited
                if number > asked {
                    report(
                        .lostUpdate, event, "told \(number), but only \(asked) were asked for, \(possible) unanswered")
                }
                let (later, higher) = (certain.filter { $0.invoked > event.returned }, number)
                if let wrong = later.first(where: { ($0.number ?? .max) < higher }) {
                    report(.lostUpdate, wrong, "went back below \(number)")
                }
            }
        }
    }

    // MARK: Sets

    private mutating func checkSets() {
        for read in history.events {
            guard case .read(let name) = read.operation, read.outcome == .ok else { continue }
            guard case .certain(let session) = history.effect(of: read) else { continue }
            let sets = history.sets[session]?[name] ?? []
            let settled = sets.filter {
                $0.outcome == .ok && history.effect(of: $0) == .certain(session) && $0.returned < read.invoked
            }
            guard let number = read.number else {
                let mayBeDead = read.presented.values.contains { history.mayBeDead($0, for: read) }
                if let last = settled.last, !mayBeDead { report(.lostSet, read, "\(name) is gone, after \(last)") }
                continue
            }
            func writes(_ set: Event) -> Bool { set.operation == .set(name, number) && set.invoked < read.returned }
            let isOwn = sets.contains { set in
                writes(set) && !settled.contains { set.returned < $0.invoked }
            }
            let isInherited =
                settled.isEmpty
                && history.ancestors(of: session).contains { history.sets[$0]?[name]?.contains(where: writes) == true }
            if !isOwn && !isInherited {
                report(
                    .lostSet, read,
                    "\(name) is \(number); \(settled.last.map { "last set: \($0)" } ?? "nobody set that")")
            }
        }
    }

    // MARK: Sessions

    private mutating func checkEnds() {
        for end in history.events where end.operation == .signOut && end.outcome == .ok {
            let tokens = end.deleted.compactMap { end.presented[$0] }
            // To a server that doesn't know a token, a sign-out with it ends nothing and clears it away.
            for session in Set(tokens.filter { !history.mayBeForgotten($0, for: end) }.map(\.session)) {
                for event in history.events where event.invoked > end.returned && acts(event, on: session) {
                    report(.backFromTheDead, event, "after \(end)")
                }
            }
        }
    }

    private mutating func checkGenerations() {
        for event in history.events {
            guard case .signIn = event.operation, event.outcome == .ok, let issued = event.received[.signedIn] else {
                continue
            }
            // With two tokens it acted on the session that goes on; with one, on that.
            let replaced = event.presented.values.filter {
                (event.presented.count == 1 || $0.session == issued.session) && $0.family != issued.family
            }
            for token in replaced {
                for later in history.events
                where later.invoked > event.returned && later.presented.count == 1
                    && later.presented.values.allSatisfy({ $0.isOfTheGeneration(of: token) })
                    && acts(later, on: token.session)
                {
                    report(.deadTokenWorks, later, "after \(event)")
                }
            }
        }
    }

    /// What a store forgets stays forgotten, and nobody's token makes it anew.
    private mutating func checkOblivion() {
        for event in history.events {
            for session in history.effect(of: event).sessions where acts(event, on: session) {
                if let outage = history.oblivion(of: session), event.invoked > outage.until {
                    report(.backFromOblivion, event, "the store had forgotten \(session.prefix(6))")
                }
            }
        }
    }

    /// Whether an event shows that a session is alive.
    ///
    /// A read that finds nothing shows nothing, nor do a renewal that was put off and a sign-out.
    private func acts(_ event: Event, on session: String) -> Bool {
        guard event.outcome == .ok, history.effect(of: event) == .certain(session) else { return false }
        switch event.operation {
        case .visit, .set, .look: return true
        case .read: return event.number != nil
        case .renew: return event.received.values.contains { $0.session == session }
        case .signIn: return event.received[.signedIn]?.session == session
        case .signOut: return false
        }
    }

    private mutating func checkPrivileges() {
        // Whatever a store loses, it gives nobody the rights of another.
        for event in history.witnessed {
            guard event.operation == .look, event.outcome == .ok, let principal = event.principal else { continue }
            guard let token = event.presented[.signedIn] else {
                report(.privilegeLeaked, event, "\(principal), to who presented no signed-in token")
                continue
            }
            if case .signIn(let name) = history.issuers[token.family]?.operation, name != principal {
                report(.privilegeLeaked, event, "\(principal), with a token that \(name) got")
            }
        }
    }

    private mutating func checkCauses() {
        for event in history.events {
            // A store that lost a renewal does not know the secret that it gave out.
            let mayBeTheft = event.presented.values.contains {
                history.mayHaveBeenLost($0.session, before: event) || history.mayLookStolen($0.session, before: event)
            }
            if event.reason == "suspected-theft", !mayBeTheft {
                report(.falseTheft, event, "nobody has stolen anything")
            }
            for (slot, token) in event.presented where shows(event, deathOf: token, in: slot) {
                if !history.mayBeDead(token, for: event) {
                    report(.signedOutWithoutCause, event, "nothing had touched \(token.session.prefix(6))")
                }
            }
        }
    }

    private func shows(_ event: Event, deathOf token: TokenFacts, in slot: Slot) -> Bool {
        switch event.outcome {
        case .unknown: return false
        case .refused(let status): return status == 409 && event.presented.count == 1
        case .ok: break
        }
        let effect = history.effect(of: event)
        // The visitor's cookie is looked at only where the other one is dead, of which its holder is told, and not where
        // privileges have moved on without it.
        if slot == .visitor, let other = event.presented[.signedIn] {
            if effect == .certain(other.session) || effect.sessions.count > 1 { return false }
            if effect == .none, event.reason == nil, history.mayBeSuperseded(other, for: event) { return false }
        }
        switch event.operation {
        case .look: return event.session?.session != token.session
        case .visit, .set: return !effect.sessions.contains(token.session)
        case .signIn, .signOut, .read, .renew: return false
        }
    }
}
