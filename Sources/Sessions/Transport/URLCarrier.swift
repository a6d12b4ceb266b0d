package import HTTPTypes

/// Carries tokens in a parameter of the query; links and redirects bring them back.
///
/// A client that brings any cookie has shown that it keeps cookies, so its URL counts for nothing. A token stands there once.
package final class URLCarrier: TokenCarrier {
    private let parameter: String

    package init(_ tokens: URLTokens) {
        parameter = tokens.parameter
    }

    package var kind: SessionRecord.Carrier { .url }

    /// Every cache goes by the URL anyway.
    package var varyingFields: [HTTPField.Name] { [] }

    package func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken] {
        let values = RequestTarget(request.path ?? "").values(of: parameter)
        guard let text = values.first else { return [] }
        if request.headerFields.contains(.cookie) { return [.init(.outranked, at: .url)] }
        guard values.count == 1 else { return [.init(.ambiguous, at: .url)] }
        return [.init(SessionToken(text: text).map { .token($0) } ?? .malformed, at: .url)]
    }

    /// The head of a response has no place for it: ``URLReply`` and the links of the page take the token along.
    package func write(_ reply: Reply, to fields: inout HTTPFields) {}
}
