import Sessions
import Synchronization
import Testing

func expectError(
    _ code: SessionError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("no error, expected \(code)", sourceLocation: sourceLocation)
    } catch let error as SessionError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for text in texts { #expect("\(error)".contains(text), "\(error)", sourceLocation: sourceLocation) }
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

func digest(_ number: UInt64) -> SecretDigest { SecretDigest(Block32(Block16(number, 1), Block16(2, ~number))) }

func freshID() -> SessionID { SessionID(Block16(.random(in: .min ... .max), .random(in: .min ... .max))) }

/// A visitor's session made now: idle timeout 30 minutes, touch interval 1, absolute 8 hours, retention 1 hour.
func record(_ attributes: [String: String] = [:], at now: Timestamp = SystemSessionClock().now) -> SessionRecord {
    SessionRecord(
        id: freshID(), secretDigest: digest(1), secretIssuedAt: now, familyDigest: digest(2), createdAt: now,
        lastUsedAt: now,
        lifetime: SessionLifetime(
            idleTimeout: .minutes(30), touchInterval: .minutes(1), absoluteDeadline: now + .hours(8),
            retention: .hours(1), isPersistent: false),
        attributes: SessionAttributes(attributes.map { .init(name: $0.key, json: $0.value, revision: 1) }))
}

func setting(_ name: String, to json: String, generation: UInt64 = 1) -> SessionChanges {
    var changes = SessionChanges(expectedGeneration: generation)
    changes.attributes[name] = .set(json: json)
    return changes
}

var now: Timestamp { SystemSessionClock().now }

/// Is raised once.
final class Flag: Sendable {
    private let isRaised = Mutex(true)

    func take() -> Bool {
        isRaised.withLock { isRaised in
            defer { isRaised = false }
            return isRaised
        }
    }
}
