/// Tokens in URLs, for browsers that keep no cookies; less safe than any cookie, and off unless a manager is given this.
///
/// A URL stands in histories, logs and screenshots, so ASVS 14.2.1 forbids tokens there. What is lost is kept small: a
/// session whose token travels in URLs is short, bound to one client, and of low privilege. Cookies are tried first, and a
/// request with a cookie never gets such a session. Give the manager of one group of routes this setting, and the others a
/// manager without it; both can share a store and a realm.
public struct URLTokens: Sendable, Hashable {
    /// The name of the query parameter that carries the token: 1 to 32 ASCII letters, digits, `-` and `_`.
    ///
    /// Hand-over codes travel in the parameter of this name with `-code` behind it.
    public var parameter = "sid"
    /// How long such a session may stay unused, at most 15 minutes; each use is written.
    public var idleTimeout: Duration = .minutes(15)
    /// How long such a session lives, however much it is used, at most 12 hours.
    public var absoluteTimeout: Duration = .hours(2)
    /// How long a hand-over code works, at most 60 seconds.
    public var codeLifetime: Duration = .seconds(60)
    /// Origins besides the request's own whose links and redirects get the token, and to which sessions are handed over.
    ///
    /// Each must be served by this realm's managers.
    public var origins: [WebOrigin] = []

    /// The longest ``idleTimeout``.
    public static let maximumIdleTimeout: Duration = .minutes(15)
    /// The longest ``absoluteTimeout``.
    public static let maximumAbsoluteTimeout: Duration = .hours(12)
    /// The longest ``codeLifetime``.
    public static let maximumCodeLifetime: Duration = .seconds(60)

    /// Names the parameters `sid` and `sid-code`, with the longest idle timeout and two hours in all.
    public init() {}

    /// The name of the query parameter that carries a hand-over code.
    public var codeParameter: String { parameter + "-code" }

    /// Returns a URL, or any text with one, that logs and traces may show: its tokens and codes are `redacted`.
    ///
    /// The values of both parameters go, and whatever else is long enough to be a token, wherever it stands.
    public func redacting(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let names = [parameter, codeParameter].map { Array("\($0)=".utf8) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex { !SessionToken.isTextByte($0) } ?? bytes.count
            let run = bytes[start..<end]
            let isOwn = end < bytes.count && names.contains { $0.elementsEqual(bytes[start...end]) }
            if isOwn {
                result += bytes[start...end] + Self.redacted
                // Up to where the parameter ends, or the text around the URL goes on.
                start = bytes[(end + 1)...].firstIndex { "&#;, \"'<>\t\r\n".utf8.contains($0) } ?? bytes.count
                continue
            }
            result += run.count >= SessionToken.textBytes ? Self.redacted : Array(run)
            if end < bytes.count { result.append(bytes[end]) }
            start = end + 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let redacted = Array("redacted".utf8)

    /// - Throws: ``SessionError/Code/configuration`` with the value and the limit
    func check(within configuration: SessionConfiguration) throws(SessionError) {
        func check(_ valid: Bool, _ message: @autoclosure () -> String) throws(SessionError) {
            if !valid { throw SessionError(.configuration, message()) }
        }
        try check(
            (1...32).contains(parameter.utf8.count) && parameter.utf8.allSatisfy(SessionToken.isTextByte),
            "urlTokens.parameter is \"\(parameter.prefix(64))\"; it takes 1 to 32 of the characters a-z A-Z 0-9 - _")
        for (name, value, limit) in [
            ("idleTimeout", idleTimeout, Self.maximumIdleTimeout),
            ("absoluteTimeout", absoluteTimeout, Self.maximumAbsoluteTimeout),
            ("codeLifetime", codeLifetime, Self.maximumCodeLifetime),
        ] {
            try check(
                value.milliseconds >= 1 && value <= limit,
                "urlTokens.\(name) is \(value); it must be between 1 ms and \(limit)")
        }
        try check(
            configuration.transport == .cookies,
            "urlTokens is for browsers without cookies; a manager whose transport is \(configuration.transport) reads no "
                + "URL, so leave one of the two out")
        try check(
            configuration.authenticationAge == nil,
            "authenticationAge is \(configuration.authenticationAge ?? .zero), and a session in a URL can't step up; give the "
                + "routes that need a recent sign-in a manager without urlTokens")
    }
}
