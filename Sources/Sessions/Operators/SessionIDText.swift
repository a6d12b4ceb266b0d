/// What an operator has written where the ID of a session belongs.
package enum SessionIDText: Sendable, Equatable {
    /// A whole ID.
    case id(SessionID)
    /// The first digits of an ID, in lower case.
    case beginning(String)
    /// Too few digits to look for.
    case tooShort(String)
    /// A token, which has the ID in it and should not have been shown.
    case token(SessionID)
    /// Nothing that an ID could be or begin with.
    case other

    /// Fewer digits than these would name every other session.
    package static let minimumDigits = 4

    package init(_ text: String) {
        let digits = text.lowercased()
        if let id = SessionID(digits) {
            self = .id(id)
        } else if let token = SessionToken(text: text) {
            self = .token(token.id)
        } else if (1..<32).contains(digits.utf8.count), digits.utf8.allSatisfy(Self.isHexadecimal) {
            self = digits.utf8.count < Self.minimumDigits ? .tooShort(digits) : .beginning(digits)
        } else {
            self = .other
        }
    }

    /// Says what is wrong with the text as an ID; `nil` for a whole one and for what one may begin with.
    package var problem: String? {
        switch self {
        case .id, .beginning: nil
        case .tooShort(let digits):
            "\"\(digits)\" is too little of an ID to look for; give \(Self.minimumDigits) of its 32 digits or more"
        case .token(let id):
            "this is a token, which is a secret that opens the session; name the session by its ID, \(id)"
        case .other: "this is no session ID, which is 32 hexadecimal digits"
        }
    }

    /// Says that no session has this ID.
    package static func missing(_ id: SessionID) -> String {
        "there is no session \(id); it never was in this store, or it ended so long ago that nothing of it is kept"
    }

    /// Says what half an ID could be.
    package static func ambiguity(of digits: String, count: Int) -> String {
        switch count {
        case 0: "\(digits) is no whole ID, and no live session has one that begins so"
        case 1: "\(digits) is no whole ID; it could be this"
        default: "\(digits) is no whole ID; it could be one of these"
        }
    }

    private static func isHexadecimal(_ digit: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit)
    }
}
