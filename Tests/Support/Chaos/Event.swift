/// What the outside world can tell of a token: the session that it names, and the two parts of its secret.
package struct TokenFacts: Sendable, Hashable {
    package let session: String
    package let family: String
    /// Another one after each renewal.
    package let step: String

    package init(session: String, family: String, step: String = "") {
        self.session = session
        self.family = family
        self.step = step
    }

    /// Reads the 64 characters of a token: 16 bytes of ID, 16 of family, 16 of step.
    package init?(text: String) {
        guard text.utf8.count == 64 else { return nil }
        // Characters have six bits, so that each part shares a character with the next. Only equality matters here.
        let characters = Array(text)
        session = String(characters[..<21])
        family = String(characters[21..<42])
        step = String(characters[42...])
    }

    /// Whether both are of one session, between the same two sign-ins.
    func isOfTheGeneration(of other: Self) -> Bool { session == other.session && family == other.family }
}

/// Which of the two cookies.
package enum Slot: String, Sendable, Hashable, CaseIterable {
    case visitor = "__Host-Http-visitor"
    case signedIn = "__Host-Http-id"
}

package enum Operation: Sendable, Hashable {
    case visit
    case set(String, Int)
    case read(String)
    case look
    case signIn(String)
    case signOut
    case renew

    /// The kinds that a run must have answers to.
    package static let kinds = ["visit", "set", "read", "look", "signIn", "signOut"]

    package var kind: String { String("\(self)".prefix { $0 != "(" }) }
}

/// What a client saw of one request.
///
/// Times are nanoseconds of one clock that never goes back.
package struct Event: Sendable {
    package enum Outcome: Sendable, Hashable {
        case ok
        /// A 4xx: the write did not happen.
        case refused(Int)
        /// No answer, or one that says that nobody knows: it happened, or will, or not.
        case unknown
    }

    package var client = ""
    package var operation: Operation
    package var presented: [Slot: TokenFacts] = [:]
    package var invoked: Int64
    /// When the answer was there; `.max` where none came.
    package var returned: Int64 = .max
    package var outcome = Outcome.unknown
    package var received: [Slot: TokenFacts] = [:]
    package var deleted: Set<Slot> = []
    /// The count that a visit was told, or the value that a read found.
    package var number: Int?
    /// What a look was told.
    package var session: TokenFacts?
    package var principal: String?
    package var reason: String?

    package init(_ operation: Operation, invoked: Int64) {
        self.operation = operation
        self.invoked = invoked
    }
}

extension Event: CustomStringConvertible {
    package var description: String {
        func text(_ tokens: [Slot: TokenFacts]) -> String {
            Slot.allCases.compactMap { slot in
                tokens[slot].map { "\(slot)=\($0.session.prefix(6))/\($0.family.prefix(4))" }
            }.joined(separator: ",")
        }
        let end = returned == .max ? "" : "\(returned / 1000)"
        var line = "[\(invoked / 1000)…\(end) µs] \(client) \(operation) with (\(text(presented))) → \(outcome)"
        if let number { line += " \(number)" }
        if case .look = operation {
            line += " session=\(session?.session.prefix(6) ?? "none") \(principal ?? "nobody") \(reason ?? "")"
        }
        if !received.isEmpty { line += " got (\(text(received)))" }
        if !deleted.isEmpty { line += " deleted \(deleted.map(\.rawValue))" }
        return line
    }
}
