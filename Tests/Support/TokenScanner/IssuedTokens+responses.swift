extension IssuedTokens {
    /// The fields of a response that bring tokens: cookies, and what programs take theirs from.
    private static let carriers: Set<String> = ["set-cookie", "session-token", "x-session-token"]
    /// The parameters of tokens and codes in URLs.
    private static let parameters = ["sid", "sid-code"]
    /// The paths whose bodies bring the token of a program.
    private static let bodies = ["/api/sign-in", "/token"]

    /// Notes the tokens of a response, and looks for them, and all that came before, where none belongs.
    ///
    /// A token may be in a field that carries it, behind its parameter in a link or a redirect, and in the body of a route
    /// that gives programs theirs.
    /// - Parameters:
    ///   - name: what the response is, for the failure
    ///   - path: the path of the request; it must not be a URL with a host
    /// - Throws: ``TokenLeak``, without the token
    package func check(
        _ name: String, path: String, fields: [(name: String, value: String)], body: String
    ) throws(TokenLeak) {
        let path = String(path.prefix { $0 != "?" })
        for field in fields where Self.carriers.contains(field.name.lowercased()) { note(in: field.value) }
        for field in fields where field.name.lowercased() == "location" { noteParameters(of: field.value) }
        // A link in a body has the token of the redirect that led there; a body that repeats a request's has issued none.
        if Self.bodies.contains(path) { note(in: body) }
        for field in fields where !Self.carriers.contains(field.name.lowercased()) {
            if let form = leak(in: field.value, except: Self.parameters) {
                throw TokenLeak("\(name): the field \(field.name) holds \(form)")
            }
        }
        if !Self.bodies.contains(path), let form = leak(in: body, except: Self.parameters) {
            throw TokenLeak("\(name): the body holds \(form)")
        }
    }

    /// Looks for tokens in what a server has written: its output, its log, its events.
    package func check(_ name: String, _ text: String) throws(TokenLeak) {
        if let form = leak(in: text) { throw TokenLeak("\(name) holds \(form)") }
    }

    private func noteParameters(of text: String) {
        for name in Self.parameters {
            for rest in text.split(separator: "\(name)=").dropFirst() {
                note(in: String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }))
            }
        }
    }
}
