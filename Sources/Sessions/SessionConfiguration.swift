/// Everything that can be chosen about sessions. The defaults are safe; what can't be made safe is refused.
public struct SessionConfiguration: Sendable {
    /// Of a session that asks for nothing else.
    public var timeouts = SessionTimeouts.standard
    /// Of a session that is remembered.
    public var rememberedTimeouts = SessionTimeouts.remembered
    /// How stale the time of last use may get before a use writes it; a session stays usable that much longer.
    ///
    /// `nil` for a tenth of the idle timeout, at most a minute. Zero writes at each use.
    public var touchInterval: Duration?
    /// How often a session gets a new secret; `nil` for never but at sign-in and step-up.
    public var renewalInterval: Duration? = .minutes(15)
    /// How long after its issue a new secret must be presented to count as kept by the browser.
    public var renewalSettle: Duration = .seconds(60)
    /// How long the old secret works beside the new one, counted from when that was first seen.
    ///
    /// Requests and responses should be shorter than this.
    public var renewalOverlap: Duration = .seconds(120)
    /// How long holders of a token whose session ended are told why.
    public var explanationWindow: Duration = .hours(1)
    /// The largest difference between the clocks of servers that share a store.
    public var clockSkew: Duration = .seconds(5)
    /// Whether the return of an old secret after its overlap ends the session; it is reported either way.
    public var endsOnSuspectedTheft = true
    /// More sessions of one principal than this end, the oldest first; `nil` for no limit.
    public var maximumSessionsPerPrincipal: Int? = 100
    public var cookies = SessionCookies()
    /// The directives of `Clear-Site-Data` on the response that signs out; empty for no such field.
    public var clearSiteData: [String] = ["cache", "storage"]
    /// The TLS proxies whose word on the client's scheme is believed.
    ///
    /// What comes from one of them must say that it came over TLS, from this machine too.
    public var trustedProxies: [AddressRange] = []
    /// Which field the trusted proxies write. What a client writes into the other one can only take the session away.
    public var forwardedField = ForwardedField.either

    public init() {}
}
