package import HTTPTypes

/// Carries tokens in two cookies: one for visitors, one for signed-in users.
package final class CookieCarrier: TokenCarrier {
    private let cookies: SessionCookies
    private let reader: CookieReader
    private let formerReaders: [CookieReader]
    /// Everything of a cookie behind its value, made once.
    private let deletions: [(place: TokenPlace, field: HTTPField, isElsewhere: Bool)]

    /// - Throws: ``SessionError/Code/configuration`` for names or a scope that user agents would refuse
    package init(_ cookies: SessionCookies) throws(SessionError) {
        try cookies.validate()
        self.cookies = cookies
        reader = CookieReader(cookies)
        formerReaders = cookies.former.map { CookieReader($0) }
        var deletions: [(TokenPlace, HTTPField, Bool)] = []
        for place in [TokenPlace.signedInCookie, .visitorCookie] {
            var isElsewhere = false
            for cookies in [cookies] + cookies.former {
                for scope in [cookies.scope] + cookies.otherScopes {
                    let cookie = try SetCookie.deletion(of: cookies.name(of: place), scope: scope)
                    deletions.append((place, HTTPField(name: .setCookie, value: cookie.serialized), isElsewhere))
                    isElsewhere = true
                }
            }
        }
        self.deletions = deletions
    }

    package var kind: SessionRecord.Carrier { .cookie }

    package var varyingFields: [HTTPField.Name] { [.cookie] }

    package func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken] {
        let tokens = try reader.read(request.headerFields)
        return formerReaders.isEmpty ? tokens : try readFormer(request, after: tokens)
    }

    /// Adds what stands under former names, each place behind the present one of its kind.
    private func readFormer(
        _ request: HTTPRequest, after tokens: [PresentedToken]
    ) throws(SessionError) -> [PresentedToken] {
        var tokens = tokens
        for reader in formerReaders { tokens += try reader.read(request.headerFields) }
        return tokens.filter { $0.place == .signedInCookie } + tokens.filter { $0.place == .visitorCookie }
    }

    package func write(_ reply: Reply, to fields: inout HTTPFields) {
        for (place, field, isElsewhere) in deletions {
            // Beside a new token, no other cookie for its place may stay: the two would be ambiguous.
            let makesRoom = isElsewhere && reply.token?.place == place && reply.occupied.contains(place)
            if reply.deletions.contains(place) || makesRoom { fields.append(field) }
        }
        guard let issued = reply.token, issued.place == .signedInCookie || issued.place == .visitorCookie else {
            return
        }
        do {
            let (name, value) = (cookies.name(of: issued.place), issued.token.exposedText)
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
}
