package import HTTPTypes

/// Carries tokens in two cookies: one for visitors, one for signed-in users.
package final class CookieCarrier: TokenCarrier {
    private let cookies: SessionCookies
    private let reader: CookieReader
    /// Everything of a cookie behind its value, made once.
    private let deletions: [(place: TokenPlace, field: HTTPField, isElsewhere: Bool)]

    /// - Throws: ``SessionError/Code/configuration`` for names or a scope that user agents would refuse
    package init(_ cookies: SessionCookies) throws(SessionError) {
        try cookies.validate()
        self.cookies = cookies
        reader = CookieReader(visitorName: cookies.visitorName, signedInName: cookies.signedInName)
        var deletions: [(TokenPlace, HTTPField, Bool)] = []
        for place in [TokenPlace.signedInCookie, .visitorCookie] {
            for (index, scope) in ([cookies.scope] + cookies.otherScopes).enumerated() {
                let cookie = try SetCookie.deletion(of: Self.name(of: place, in: cookies), scope: scope)
                deletions.append((place, HTTPField(name: .setCookie, value: cookie.serialized), index > 0))
            }
        }
        self.deletions = deletions
    }

    package var kind: SessionRecord.Carrier { .cookie }

    package var varyingFields: [HTTPField.Name] { [.cookie] }

    package func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken] {
        try reader.read(request.headerFields)
    }

    package func write(_ reply: Reply, to fields: inout HTTPFields) {
        for (place, field, isElsewhere) in deletions {
            // Beside a new token, no other cookie of its name may stay: the two would be ambiguous.
            let makesRoom = isElsewhere && reply.token?.place == place && reply.occupied.contains(place)
            if reply.deletions.contains(place) || makesRoom { fields.append(field) }
        }
        guard let issued = reply.token, issued.place == .signedInCookie || issued.place == .visitorCookie else {
            return
        }
        do {
            let (name, value) = (Self.name(of: issued.place, in: cookies), issued.token.exposedText)
            let cookie =
                if let maxAge = issued.maxAge {
                    try SetCookie(name: name, value: value, scope: cookies.scope, maxAge: maxAge, from: issued.sentAt)
                } else {
                    try SetCookie(name: name, value: value, scope: cookies.scope)
                }
            fields.append(HTTPField(name: .setCookie, value: cookie.serialized))
        } catch {
            // The names and the scope were checked with a value of this length when the carrier was made.
            preconditionFailure("\(error)")
        }
    }

    private static func name(of place: TokenPlace, in cookies: SessionCookies) -> String {
        place == .visitorCookie ? cookies.visitorName : cookies.signedInName
    }
}
