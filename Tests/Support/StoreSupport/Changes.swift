package import Sessions

package func setting(_ name: String, to json: String, generation: UInt64 = 1) -> SessionChanges {
    var changes = SessionChanges(expectedGeneration: generation)
    changes.attributes[name] = .set(json: json)
    return changes
}

/// A use of the session, which moves its idle deadline.
package func touching(at time: Timestamp, generation: UInt64 = 1) -> SessionChanges {
    var changes = SessionChanges(expectedGeneration: generation)
    changes.lastUsedAt = time
    return changes
}

package func ending(_ reason: SessionEnd.Reason = .signedOut, at time: Timestamp) -> SessionChanges {
    var changes = SessionChanges(expectedGeneration: nil)
    changes.end = SessionEnd(reason: reason, at: time)
    return changes
}

package func signingIn(
    _ principal: Principal, by authentications: [Authentication] = [], at time: Timestamp, generation: UInt64 = 1
) -> SessionChanges {
    var changes = SessionChanges(expectedGeneration: generation)
    changes.privilegeChange = .init(
        secretDigest: digest(77), familyDigest: digest(78), principal: principal, authenticatedAt: time,
        authentications: authentications, at: time)
    return changes
}

extension CommitResult {
    /// The record after a commit that was applied.
    package var record: SessionRecord? {
        if case .committed(let record) = self { record } else { nil }
    }

    package var name: String {
        switch self {
        case .committed: "committed"
        case .conflict: "conflict"
        case .superseded: "superseded"
        case .ended: "ended"
        case .missing: "missing"
        case .tooLarge: "tooLarge"
        }
    }
}
