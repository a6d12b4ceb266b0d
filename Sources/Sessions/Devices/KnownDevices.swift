import HTTPTypes

/// Recognises the browsers that a user has signed in on before, by a random cookie of its own and nothing else.
///
/// ```swift
/// try await session.signIn(ada, by: .password)
/// if try await !session.recognizeDevice(in: devices) { mailer.tellOfNewDevice(ada) }
/// ```
/// The cookie is HttpOnly, stays for 400 days and outlives sign-outs. It proves nothing and signs no user in. What is kept of it
/// is a digest for each user, so that nothing tells that two users share a browser.
public struct KnownDevices: Sendable {
    /// Notes that a user was seen with a device, in one atomic step, and returns whether they had been before.
    ///
    /// Where the digests are kept, and for how long, is up to the application: a table with a unique index on both will do.
    public typealias Note =
        @Sendable (_ device: SecretDigest, _ owner: SessionOwner, _ now: Timestamp) async throws -> Bool

    /// The name of the cookie.
    public let cookieName: String
    private let scope: SetCookie.Scope
    private let note: Note
    private let reader: CookieReader

    /// Makes a recogniser.
    ///
    /// - Parameters:
    ///   - cookieName: differs from the session's cookies
    ///   - scope: where the cookie goes
    ///   - note: keeps the digests
    /// - Throws: ``SessionError/Code/configuration`` for a name or a scope that browsers would refuse
    public init(
        cookieName: String = "__Host-Http-device", scope: SetCookie.Scope = .init(), note: @escaping Note
    ) throws(SessionError) {
        guard scope.isHTTPOnly else {
            throw SessionError(.configuration, "the device's cookie is always HttpOnly: scripts have no use for it")
        }
        _ = try SetCookie(
            name: cookieName, value: String(repeating: "A", count: SessionToken.textBytes), scope: scope)
        self.cookieName = cookieName
        self.scope = scope
        self.note = note
        reader = CookieReader(visitorName: cookieName, signedInName: cookieName)
    }

    /// The token that a request brings; `nil` where it brings none, or none that is clear.
    func token(in request: HTTPRequest) throws(SessionError) -> SessionToken? {
        guard case .token(let token) = try reader.read(request.headerFields).first?.value else { return nil }
        return token
    }

    /// The field that gives the browser its token, or the same one for another 400 days.
    func cookie(for token: SessionToken, at now: Timestamp) throws(SessionError) -> String {
        try SetCookie(
            name: cookieName, value: token.exposedText, scope: scope, maxAge: SetCookie.maximumAge, from: now
        ).serialized
    }

    func isKnown(_ token: SessionToken, to owner: SessionOwner, at now: Timestamp) async throws(SessionError) -> Bool {
        do {
            return try await note(token.secret.digest(in: RealmTag(devicesOf: owner)), owner, now)
        } catch let error as SessionError {
            throw error
        } catch {
            throw SessionError(.unavailable, "the user's known devices can't be read", cause: error)
        }
    }
}
