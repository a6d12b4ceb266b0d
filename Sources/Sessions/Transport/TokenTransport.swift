public import HTTPTypes

/// How tokens travel between the clients of a manager and the manager.
///
/// A session keeps the way it was made for: its token is nothing in any other place.
public enum TokenTransport: Sendable, Hashable {
    /// In two cookies, which browsers keep and send by themselves: ``SessionConfiguration/cookies``.
    case cookies
    /// In `Authorization: Bearer`, for programs and apps; a new token comes back in the response field `Session-Token`.
    case bearer
    /// In a field of the application's own, in both directions.
    case field(HTTPField.Name)

    /// The response field that brings the new tokens of ``bearer``.
    public static let newTokenField = HTTPField.Name("Session-Token")!

    func carrier(_ cookies: SessionCookies) throws(SessionError) -> any TokenCarrier {
        switch self {
        case .cookies: return try CookieCarrier(cookies)
        case .bearer: return try HeaderCarrier(.authorization, newTokens: Self.newTokenField, beside: cookies)
        case .field(let name):
            guard !Self.taken.contains(name) else {
                throw SessionError(
                    .configuration,
                    "transport is \(name), a field that has a meaning of its own; take .bearer, .cookies or a field such as "
                        + "X-Session-Token")
            }
            return try HeaderCarrier(name, newTokens: name, beside: cookies)
        }
    }

    /// The fields that clients, servers and this package read or write for reasons of their own.
    private static let taken: Set<HTTPField.Name> = {
        let texts = [
            "Clear-Site-Data", "Forwarded", "Host", "Keep-Alive", "Purpose", "Referrer-Policy", "Sec-Fetch-Mode",
            "Sec-Fetch-Site", "Sec-Purpose", "Transfer-Encoding", "Via", "X-CSRF-Token", "X-Forwarded-For",
            "X-Forwarded-Host", "X-Forwarded-Proto", "X-Moz", "X-Original-Host", "X-Purpose", "X-Real-IP",
            "X-Robots-Tag",
        ]
        return Set(texts.compactMap { HTTPField.Name($0) }).union([
            .accept, .acceptEncoding, .acceptLanguage, .authorization, .cacheControl, .connection, .contentEncoding,
            .contentLanguage, .contentLength, .contentType, .cookie, .date, .eTag, .expect, .ifMatch, .ifNoneMatch,
            .location, .origin, .proxyAuthorization, .range, .referer, .retryAfter, .setCookie, .te, .upgrade,
            .userAgent, .vary, .wwwAuthenticate,
        ])
    }()
}
