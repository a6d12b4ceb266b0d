public import HTTPTypes

/// What the end of a request gives to its response: every decision that an adapter would otherwise have to make.
public struct SessionReply: Sendable {
    /// What becomes of the handler's own response or error.
    public enum Answer: Sendable {
        /// It goes on as it is: a response with ``SessionReply/apply(to:)``, a thrown error thrown on.
        case pass
        /// The thrown error becomes its response here, with ``SessionReply/apply(to:)``: an error on its way out could lose
        /// its fields to whatever catches it.
        case respond
        /// This takes its place, with ``SessionReply/apply(to:)``: the session's failure, or an error of the session.
        case replace(SessionError)
    }

    public let answer: Answer
    /// Why the request's writes were refused or could not be stored; `nil` where they were.
    public let error: SessionError?
    let reply: Reply
    let manager: SessionManager

    /// Adds the session's fields to a response: tokens, caching, and what a sign-out clears.
    public func apply(to fields: inout HTTPFields) {
        if reply.isPersonal { manager.caching.apply(to: &fields) }
        if reply.token != nil || !reply.deletions.isEmpty {
            for carrier in manager.carriers { carrier.write(reply, to: &fields) }
        }
        var cleared = reply.clearsSiteData ? manager.configuration.clearSiteData : []
        if reply.token != nil, !cleared.isEmpty {
            // "cookies" among what is cleared would take along the token that this very response brings.
            if cleared.contains("*") { cleared = ["cache", "storage"] }
            cleared.removeAll { $0.lowercased() == "cookies" }
        }
        if !cleared.isEmpty {
            fields[.clearSiteData] = cleared.map { "\"\($0)\"" }.joined(separator: ", ")
        }
    }

    /// Whether ``apply(to:)`` would add anything.
    public var isEmpty: Bool { reply.isEmpty }
}

extension SessionReply: CustomStringConvertible, CustomReflectable {
    public var description: String {
        "SessionReply(\(error.map { "\($0)" } ?? "no error"), \(reply.token == nil ? "no token" : "a new token"))"
    }
    public var customMirror: Mirror { Mirror(self, children: ["error": error as Any]) }
}

extension HTTPField.Name {
    fileprivate static let clearSiteData = HTTPField.Name("Clear-Site-Data")!
}
