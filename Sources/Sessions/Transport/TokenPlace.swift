/// Where in a request a token was found, or where in a client a token goes.
///
/// A token is good only at the kind of place that it was made for: visitors and signed-in users have different cookies, so
/// that no late answer to a visitor's request undoes a sign-in (rule 10).
package enum TokenPlace: UInt8, Sendable, Hashable, CaseIterable {
    case signedInCookie
    case visitorCookie
    case header
    case url

    /// The place for the token of a session.
    init(for record: borrowing SessionRecord) {
        switch record.carrier {
        case .cookie: self = record.principal == nil ? .visitorCookie : .signedInCookie
        case .header: self = .header
        case .url: self = .url
        }
    }
}

/// A set of places.
package struct TokenPlaces: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package init(_ place: TokenPlace) {
        rawValue = 1 << place.rawValue
    }

    package func contains(_ place: TokenPlace) -> Bool { contains(TokenPlaces(place)) }
}
