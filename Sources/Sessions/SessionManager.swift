public import HTTPTypes
public import Logging
import Synchronization

/// The session system of one application: it begins and finishes each request, and serves operators.
///
/// Any number of managers, in any number of processes, can share a store; managers of different realms see nothing of
/// each other. A manager runs nothing in the background: add a ``SessionSweeper`` to the server's services so that
/// stale sessions don't pile up.
public final class SessionManager: Sendable {
    /// The store that keeps the sessions.
    public let store: any SessionStore
    /// The application whose sessions these are.
    public let realm: Realm
    /// The choices that the manager was made with.
    public let configuration: SessionConfiguration
    /// The only source of time, for the application's comparisons with a session's times too.
    public let clock: any SessionClock
    let policy: SessionPolicy
    let trust: ConnectionTrust
    let random: any RandomSource
    let carriers: [any TokenCarrier]
    /// Whether browsers send a token by themselves, so that another site's page can make use of it.
    let readsCookies: Bool
    let caching: CachingFields
    /// `nil` where no URL is looked at.
    let urls: URLTransport?
    let needsAdmission: Bool
    let observers: [any SessionObserver]
    /// Those that hear of every use of a session; hardly ever any.
    let useObservers: [any SessionObserver]
    let calls: ObservedStore
    let realmTag: RealmTag
    let logger: Logger
    /// When the log was last told of a token that could not travel.
    let lastTransportWarning = Mutex<Timestamp?>(nil)
    let updates: UpdateLines
    /// How often, and after what pause, a sign-in that comes first looks whether the others that are over the limit have ended.
    ///
    /// Each look takes a call of the store, and the others need one call to end. The pause grows up to ten times: more than two
    /// seconds in all.
    let looks: (count: Int, pause: Duration)

    /// Makes the session system of one realm.
    ///
    /// - Parameters:
    ///   - store: keeps the records
    ///   - realm: tells the sessions of several applications in one store apart
    ///   - configuration: the choices about timeouts, cookies, renewals and proxies
    ///   - clock: the only source of time
    ///   - random: the only source of IDs, secrets and nonces
    ///   - observers: told of everything that happens to sessions
    ///   - logger: told now of settings that are seldom meant: ``SessionConfiguration/warnings``; and later of failures in
    ///     requests that have no logger of their own
    /// - Throws: ``SessionError/Code/configuration`` for a configuration that is unsafe or can't work, with what to
    ///   change
    public convenience init(
        store: any SessionStore, realm: Realm = .default, configuration: SessionConfiguration = .init(),
        clock: any SessionClock = SystemSessionClock(), random: any RandomSource = SystemRandomSource(),
        observers: [any SessionObserver] = [], logger: Logger = Logger(label: "sessions")
    ) throws(SessionError) {
        var carriers = [try configuration.transport.carrier(configuration.cookies)]
        if let tokens = configuration.urlTokens { carriers.append(URLCarrier(tokens)) }
        try self.init(
            store: store, realm: realm, configuration: configuration, carriers: carriers, clock: clock, random: random,
            observers: observers, logger: logger, looks: (30, .milliseconds(10)))
        for warning in configuration.warnings { logger.warning("\(warning)") }
    }

    /// - Parameters:
    ///   - carriers: asked in this order; new sessions are made for the first, unless a request says otherwise
    ///   - commitExecutor: runs the commits that several requests share
    package init(
        store: any SessionStore, realm: Realm = .default, configuration: SessionConfiguration = .init(),
        carriers: [any TokenCarrier], clock: any SessionClock = SystemSessionClock(),
        random: any RandomSource = SystemRandomSource(), observers: [any SessionObserver] = [],
        logger: Logger = Logger(label: "sessions"),
        commitExecutor: (any TaskExecutor)? = nil, looks: (count: Int, pause: Duration) = (5, .zero)
    ) throws(SessionError) {
        policy = try SessionPolicy(configuration)
        trust = ConnectionTrust(configuration)
        self.store = store
        self.realm = realm
        self.configuration = configuration
        self.carriers = carriers
        self.clock = clock
        self.random = random
        self.observers = observers
        useObservers = observers.filter(\.observesUses)
        self.logger = logger
        realmTag = RealmTag(realm)
        needsAdmission = configuration.urlTokens != nil || configuration.authenticationAge != nil
        urls = configuration.urlTokens.map { URLTransport(tokens: $0, codeTag: RealmTag(codesOf: realm)) }
        readsCookies = carriers.contains { $0.kind == .cookie }
        caching = CachingFields(varying: carriers.flatMap(\.varyingFields))
        calls = ObservedStore(store, realm: realm, clock: clock, observers: observers)
        updates = UpdateLines(executor: commitExecutor)
        self.looks = looks
    }

    /// Begins a request, when its head has arrived; nothing is read or loaded until the session is used.
    ///
    /// - Parameters:
    ///   - request: the head, with every header field of the request
    ///   - connection: how the request reached this server
    ///   - logger: the request's own; failures of the session system are logged to it
    public func begin(
        _ request: HTTPRequest, over connection: ClientConnection, logger: Logger? = nil
    ) -> SessionHandle {
        begin(request, over: connection, logger: logger, newSessionsFor: carriers.first?.kind ?? .cookie)
    }

    /// - Parameter carrier: how the token of a session that this request makes shall travel
    package func begin(
        _ request: HTTPRequest, over connection: ClientConnection, logger: Logger? = nil,
        newSessionsFor carrier: SessionRecord.Carrier
    ) -> SessionHandle {
        SessionHandle(manager: self, request: request, connection: connection, logger: logger, carrier: carrier)
    }

    func owner(_ principal: Principal) -> SessionOwner { SessionOwner(realm: realm, principal: principal) }

    /// Tells the observers; what they are told is put together only if there are any.
    func report(
        _ kind: @autoclosure () -> SessionEvent.Kind, _ record: SessionRecord? = nil, id: SessionID? = nil,
        principal: Principal? = nil, error: SessionError? = nil, by actingOperator: Principal? = nil,
        handle: SessionHandle? = nil
    ) {
        guard !observers.isEmpty else { return }
        let event = SessionEvent(
            kind(), at: clock.now, realm: record?.realm ?? realm, id: record?.id ?? id,
            principal: record?.principal ?? principal,
            end: record?.end, error: error, peer: handle?.connection.peer, client: handle?.reportedClient,
            actingOperator: actingOperator)
        for observer in observers { observer.observe(event, logger: handle?.logger) }
    }
}
