import Chaos

/// Writes a history: each event takes one tick unless told otherwise.
struct Script {
    var events: [Event] = []
    var outages: [Outage] = []
    var now: Int64 = 0
    /// How long a request may take without outliving the overlap of its token.
    var longest: Int64 = .max

    @discardableResult
    mutating func add(
        _ operation: Operation, with tokens: [Slot: TokenFacts] = [:], from: Int64? = nil, until: Int64? = nil,
        _ outcome: Event.Outcome = .ok, number: Int? = nil, gets received: [Slot: TokenFacts] = [:],
        deletes: Set<Slot> = [], sees session: TokenFacts? = nil, as principal: String? = nil, reason: String? = nil
    ) -> Script {
        now += 10
        var event = Event(operation, invoked: from ?? now)
        event.client = "c\(events.count)"
        event.presented = tokens
        event.outcome = outcome
        event.returned = outcome == .unknown ? .max : until ?? (event.invoked + 5)
        event.number = number
        event.received = received
        event.deleted = deletes
        event.session = session
        event.principal = principal
        event.reason = reason
        events.append(event)
        return self
    }

    var rules: Set<Violation.Rule> { Set(Checker.check(events, outages: outages, longest: longest).map(\.rule)) }

    /// What follows comes after an outage that begins `ago` before now.
    mutating func add(_ loss: Outage.Loss, ago: Int64 = 0) {
        now += 10
        outages.append(Outage(from: now - ago, until: now + 10, loss: loss))
        now += 10
    }
}
