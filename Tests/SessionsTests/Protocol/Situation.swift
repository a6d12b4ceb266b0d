import Testing

@testable import Sessions

/// A standing of a request, reached by the transitions that lead to it.
enum Situation: String, CaseIterable, CustomTestStringConvertible {
    case unread, nobody, explained, unreachable, presented, issued, withheld, superseded, over, abandoned

    var testDescription: String { rawValue }

    static let live: [Self] = [.presented, .issued, .withheld]

    /// - Parameter record: of those that know one
    func state(_ record: SessionRecord = .sample()) -> RequestState {
        var state = RequestState()
        switch self {
        case .unread: break
        case .nobody: state.readNothing(ended: nil)
        case .explained: state.readNothing(ended: .init(.sample, of: nil))
        case .unreachable: state.fail(.down)
        case .presented: state.read(.init(record, .presented(.sample(1), .sample(1))))
        case .issued: state.issue(record, .sample(1), .sample(1))
        case .withheld:
            state.issue(record, .sample(1), .sample(1))
            state.withhold()
        case .superseded: state.readSuperseded(record, family: SessionToken.sample(1).secret.familyDigest(in: .sample))
        case .over: state.abandon(as: .sample)
        case .abandoned: state.abandon(because: .down)
        }
        return state
    }
}

extension RequestState {
    /// Standing, revision of what is known, what waits, and what is deleted: everything, in a line that can be compared.
    var sketch: String {
        let place =
            switch standing {
            case .unread: "unread"
            case .nobody(nil): "nobody"
            case .nobody(let end?): "nobody, \(end.reason)"
            case .unreachable(let error): "unreachable, \(error.code)"
            case .live(let live):
                switch live.secret {
                case .presented: "presented r\(live.record.revision)"
                case .issued: "issued r\(live.record.revision)"
                case .withheld: "withheld r\(live.record.revision)"
                }
            case .superseded(let record, _): "superseded r\(record.revision)"
            case .over(let end): "over, \(end.reason)"
            case .abandoned(let error): "abandoned, \(error.code)"
            }
        let phase =
            switch phase {
            case .open(let edits): edits.isEmpty ? "" : " +\(edits.names.joined(separator: ","))"
            case .finishing: " finishing"
            case .sealed: " sealed"
            }
        return place + phase + (deletions.isEmpty ? "" : " -\(deletions.names)") + (clearsSiteData ? " clears" : "")
    }
}

extension TokenPlaces {
    var names: String {
        TokenPlace.allCases.filter { contains($0) }.map { "\($0)" }.joined(separator: ",")
    }
}

extension SessionError {
    static let down = SessionError(.unavailable, "down")
}

extension SessionExplanation {
    static let sample = SessionExplanation(.sample, of: nil)
}

extension SessionEnd {
    static let sample = SessionEnd(reason: .limit, at: Timestamp(milliseconds: 7))
}

extension RealmTag {
    static let sample = RealmTag(.default)
}

extension SessionID {
    static func sample(_ number: UInt64 = 1) -> Self { Self(Block16(0xabc, number)) }
}

extension SessionToken {
    /// Tokens of one session and one family, told apart by their step.
    static func sample(_ step: UInt64, family: UInt64 = 1) -> Self {
        Self(id: .sample(), secret: SessionSecret(family: Block16(0, family), step: Block16(1, step)))
    }
}

extension SecretDigest {
    static func sample(_ step: UInt64, family: UInt64 = 1) -> Self {
        SessionToken.sample(step, family: family).secret.digest(in: .sample)
    }
}

extension RenewalNonce {
    static let sample = RenewalNonce(Block16(3, 4))
}

extension Timestamp {
    /// When the sample request arrives: a day after 1970 began.
    static let arrival = Timestamp(milliseconds: 86_400_000)
}

extension SessionRecord {
    /// A session whose current secret is the first sample's.
    static func sample(
        revision: UInt64 = 1, secret: SecretDigest = .sample(1), principal: String? = nil, carrier: Carrier = .cookie,
        attributes: [String: String] = [:], absoluteDeadline: Timestamp = .arrival + .hours(12),
        isPersistent: Bool = false, _ change: (inout Self) -> Void = { _ in }
    ) -> Self {
        var record = SessionRecord(
            id: .sample(), secretDigest: secret, secretIssuedAt: .arrival - .minutes(5),
            familyDigest: SessionToken.sample(1).secret.familyDigest(in: .sample), createdAt: .arrival - .minutes(10),
            lastUsedAt: .arrival - .seconds(1),
            lifetime: SessionLifetime(
                idleTimeout: .minutes(30), touchInterval: .seconds(60), absoluteDeadline: absoluteDeadline,
                retention: .hours(1), isPersistent: isPersistent),
            revision: revision, principal: principal.map { try! Principal($0) }, carrier: carrier,
            attributes: .init(attributes.map { .init(name: $0, json: $1, revision: revision) }))
        change(&record)
        return record
    }
}

extension SessionPolicy {
    /// Settles after 60 s, overlaps for 120 s, renews after 15 min, and allows clocks to differ by 5 s.
    static func sample(_ change: (inout SessionConfiguration) -> Void = { _ in }) -> SessionPolicy {
        var configuration = SessionConfiguration()
        change(&configuration)
        return try! SessionPolicy(configuration)
    }
}
