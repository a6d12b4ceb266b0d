/// The choices that an application has about its sessions.
///
/// The defaults are safe. A choice that can't be made safe is refused when the ``SessionManager`` is made.
public struct SessionConfiguration: Sendable {
    /// The timeouts of a user's session that doesn't choose its own.
    public var timeouts = SessionTimeouts.standard
    /// The timeouts of a session that no user is signed in to; at a sign-in it takes the user's.
    ///
    /// Unless set, they are those of ``SessionTimeouts/visitor``, each no longer than in ``timeouts``.
    public var visitorTimeouts: SessionTimeouts {
        get { ownVisitorTimeouts ?? .visitor(within: timeouts) }
        set { ownVisitorTimeouts = newValue }
    }
    /// The timeouts of a session that is remembered when the browser closes.
    public var rememberedTimeouts = SessionTimeouts.remembered
    /// How stale the time of last use may get before a use writes it; a session stays usable that much longer.
    ///
    /// `nil` means a tenth of the idle timeout, and at most a minute. Zero writes at each use.
    public var touchInterval: Duration?
    /// How often a session gets a new secret; `nil` for new secrets at sign-in and step-up alone.
    public var renewalInterval: Duration? = .minutes(15)
    /// How long after its issue a client must come with a new secret to show that it keeps it.
    public var renewalSettle: Duration = .seconds(60)
    /// How long the old secret works beside the new one, counted from when a client first showed that it keeps the new
    /// one.
    ///
    /// No request should take longer than this: 1 ms to a day.
    public var renewalOverlap: Duration = .seconds(120)
    /// How long a client whose session ended is told why.
    public var explanationWindow: Duration = .hours(1)
    /// The largest difference between the clocks of servers that share a store.
    public var clockSkew: Duration = .seconds(5)
    /// Whether the return of an old secret after its overlap ends the session; it is reported either way.
    public var endsOnSuspectedTheft = true
    /// The number of sessions that a principal may have; `nil` for no limit.
    public var maximumSessionsPerPrincipal: Int? = 100
    /// What becomes of a sign-in that would pass ``maximumSessionsPerPrincipal``.
    public var sessionLimitAction = SessionLimitAction.endLeastRecentlyUsed
    /// How fast one client may make new sessions of visitors; `nil` for no limit.
    ///
    /// Sign-ins are not limited.
    public var newSessionLimit: NewSessionLimit? = .perAddress()
    /// How tokens travel: in cookies, or in a field for programs and apps.
    public var transport = TokenTransport.cookies
    /// Tokens in URLs for browsers that keep no cookies; `nil` for none, so that a URL is never looked at.
    public var urlTokens: URLTokens?
    /// How long ago the user of a request may have been authenticated, on every route of this manager; `nil` for any time.
    ///
    /// Adapters apply it before a handler runs. It is for a manager of routes that need a fresh sign-in or step-up.
    public var authenticationAge: Duration?
    /// The names and the scope of the cookies that carry tokens.
    public var cookies = SessionCookies()
    /// How requests that another site has a user's browser send are refused; adapters apply it before a handler runs.
    public var forgeryProtection = ForgeryProtection()
    /// The directives of `Clear-Site-Data` on the response that signs out; empty for no such field.
    public var clearSiteData: [String] = ["cache", "storage"]
    /// The addresses of TLS proxies, whose `X-Forwarded-Proto` or `Forwarded` field is believed.
    ///
    /// What comes from one of them must say that it came over TLS, from this machine too.
    public var trustedProxies: [AddressRange] = []
    /// The field that the trusted proxies write.
    ///
    /// What a client writes into the other one can only take the session away.
    public var forwardedField = ForwardedField.either

    /// What the application has chosen for visitors.
    private(set) var ownVisitorTimeouts: SessionTimeouts?

    /// Makes a configuration of the defaults.
    public init() {}
}

extension SessionConfiguration {
    /// - Throws: ``SessionError/Code/configuration`` for what ``SessionManager`` would refuse, beginning with its name
    package func validate() throws(SessionError) {
        _ = try SessionPolicy(self)
        _ = try transport.carrier(cookies)
    }
}
