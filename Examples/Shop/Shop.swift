import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Sessions
import SessionsAdmin
import SessionsHummingbird
import SessionsStores

/// A small web shop on real sessions.
@main
struct Shop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shop", abstract: "A small web shop on real sessions.",
        discussion: "Durations: 1500ms, 2s, 30m, 12h, 7d, or off where that makes sense.")

    @Option(
        help: """
            Where sessions are kept: \(SessionStoreURL.forms.joined(separator: ", ")). With ?passwordfile=PATH or \
            ?passwordenv=NAME a Redis URL keeps its password off the command line.
            """)
    var store = "memory"
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 for any free one.")
    var port = 8080
    @Option(help: "Ends a session after no use for this long, or off; a visitor's after 20 minutes at the latest.")
    var idleTimeout: DurationOption = .init(.minutes(30))
    @Option(help: "Ends a session whatever the use; a visitor's after 8 hours at the latest.")
    var absoluteTimeout: DurationOption = .init(.hours(12))
    @Option(help: "How often a session gets a new secret, or off.")
    var renewalInterval: DurationOption = .init(.minutes(15))
    @Option(help: "How long a new secret must be out to count as kept by the browser.")
    var renewalSettle: DurationOption = .init(.seconds(60))
    @Option(help: "How long the old secret works beside the new one.")
    var renewalOverlap: DurationOption = .init(.seconds(120))
    @Option(help: "How stale the time of last use may get; a tenth of the idle timeout if left out.")
    var touchInterval: DurationOption?
    @Option(help: "How long holders of a dead token are told why, or off.")
    var explainWindow: DurationOption = .init(.hours(1))
    @Option(
        help: "Wrong passwords that a name may get in 15 minutes, and an address three times as many; 0 for no limit.")
    var signInTries = 10
    @Option(help: "Closes a connection on which nothing happens for this long.")
    var connectionTimeout: DurationOption = .init(.seconds(60))
    @Flag(help: "Cookies without Secure, for plain HTTP on this machine only.")
    var insecureCookies = false
    @Option(
        help: ArgumentHelp(
            "The same from a private network too, such as a phone's or a container's; may be repeated.",
            valueName: "network"))
    var insecureCookiesFrom: [String] = []
    @Flag(help: "Puts a token into every form and refuses forms without; strangers get a session for that.")
    var formTokens = false
    @Flag(
        help:
            "Puts the session of browsers without cookies into the URL: short, bound to the browser, and of low privilege."
    )
    var urlTokens = false
    @Option(
        help: ArgumentHelp(
            """
            How many sessions a user may have, or off. Behind the number stands what becomes of one more sign-in: :end ends \
            the least recently used session and is what a number alone does, :refuse refuses the sign-in, and :ask asks \
            the user which session to end.
            """, valueName: "number"))
    var limit = LimitOption(100)
    @Flag(help: "Keeps the address that a user signs in from, for their list of devices.")
    var deviceAddresses = false
    @Flag(
        help: "Logs sign-ins with browsers that a user was not seen with since the shop opened, by a cookie of its own."
    )
    var knownDevices = false
    @Flag(help: "Adds the /lab routes, for scripts and load generators, and the /api routes, for programs.")
    var lab = false
    @Option(help: "With --lab: how far this shop's clock is ahead of the machine's.")
    var clockOffset: DurationOption?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is \(port); it must be 0 to 65535") }
        try idleTimeout.checkPositive("--idle-timeout")
        try absoluteTimeout.checkPositive("--absolute-timeout")
        try renewalInterval.checkPositive("--renewal-interval")
        try renewalOverlap.checkPositive("--renewal-overlap")
        try connectionTimeout.checkPositive("--connection-timeout")
        guard signInTries >= 0 else { throw ValidationError("--sign-in-tries is \(signInTries); it must be 0 or more") }
        if clockOffset != nil, !lab { throw ValidationError("--clock-offset is for experiments: it needs --lab") }
        _ = try clockOffset?.required("--clock-offset")
        _ = try configuration()
        _ = try storeURL()
    }

    func run() async throws {
        var logger = Logger(label: "shop")
        logger.logLevel = .notice
        if insecureCookies, insecureCookiesFrom.isEmpty, host != "localhost", NetworkAddress(host)?.isLoopback != true {
            logger.warning(
                "With --insecure-cookies only this machine can sign in at \(host); name networks with --insecure-cookies-from"
            )
        }
        do {
            let store = try await storeURL().open()
            let clock: any SessionClock =
                if let offset = clockOffset?.value { OffsetClock(offset: offset) } else { SystemSessionClock() }
            let alarm = GuessingAlarm { [logger] client, event in
                logger.warning("A client guesses", metadata: ["client": "\(client)", "event": "\(event.kind)"])
            }
            let activity = SessionActivity()
            let newDevices = SessionEventHandler { [logger] event in
                guard event.kind == .newDevice, let user = event.principal else { return }
                logger.notice("A user signed in with a new browser", metadata: ["user": "\(user)"])
            }
            let manager = try SessionManager(
                store: store, configuration: try configuration(), clock: clock,
                observers: [alarm, activity, newDevices])
            var api: SessionManager?
            if lab {
                api = try SessionManager(
                    store: store, configuration: APIRoutes.configuration(like: try configuration()), clock: clock,
                    observers: [alarm, activity])
            }
            let office = try SessionManager(
                store: store, realm: try Realm("back-office"),
                configuration: AdminRoutes.configuration(like: try configuration()), clock: clock, observers: [alarm])
            let admin = try AdminRoutes(
                of: manager, activity, operators: office,
                signInLimit: .init(tries: signInTries == 0 ? nil : signInTries))
            try await serve(manager, admin: admin, api: api, logger: logger)
            try await store.close()
        } catch let error as SessionError {
            throw Refusal(description: error.message)
        }
    }

    private func storeURL() throws -> SessionStoreURL {
        do throws(SessionError) {
            return try SessionStoreURL(store)
        } catch {
            // Not by the parser of options, which would print the URL with its password.
            throw ValidationError("--store: \(error.message)")
        }
    }

    private func configuration() throws -> SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.timeouts = .init(
            idle: idleTimeout.value, absolute: try absoluteTimeout.required("--absolute-timeout"))
        configuration.renewalInterval = renewalInterval.value
        configuration.renewalSettle = renewalSettle.value ?? .zero
        configuration.renewalOverlap = try renewalOverlap.required("--renewal-overlap")
        configuration.touchInterval = try touchInterval?.required("--touch-interval")
        configuration.maximumSessionsPerPrincipal = limit.count
        configuration.sessionLimitAction = limit.action
        configuration.explanationWindow = explainWindow.value ?? .zero
        if insecureCookies { configuration.cookies = .insecureForDevelopment }
        if !insecureCookiesFrom.isEmpty {
            configuration.cookies = .insecureForDevelopment(from: try insecureCookiesFrom.map { try network($0) })
        }
        if urlTokens { configuration.urlTokens = URLTokens() }
        if lab { configuration.forgeryProtection.exemptions = try APIRoutes.exemptions() }
        return configuration
    }

    /// What tells a user's known browsers, without a `__Host-` prefix where cookies have no Secure.
    private func recognizer() throws -> KnownDevices? {
        guard knownDevices else { return nil }
        let memory = KnownDeviceMemory()
        let isSecure = try configuration().cookies.scope.isSecure
        return try KnownDevices(
            cookieName: isSecure ? "__Host-Http-device" : "device", scope: .init(isSecure: isSecure)
        ) { memory.note($0, of: $1, at: $2) }
    }

    private func network(_ text: String) throws -> AddressRange {
        do throws(SessionError) {
            return try AddressRange(text)
        } catch {
            throw ValidationError("--insecure-cookies-from: \(error.message)")
        }
    }

    private func serve(
        _ manager: SessionManager, admin: AdminRoutes, api: SessionManager?, logger: Logger
    ) async throws {
        let tokens = FormTokens(areRequired: formTokens)
        let pages = try Pages(
            manager, tokens, signInLimit: .init(tries: signInTries == 0 ? nil : signInTries),
            keepsAddresses: deviceAddresses, knownDevices: try recognizer())
        let router = Router(context: ShopContext.self, options: .autoGenerateHeadEndpoints)
        // Outside the sessions, so that an error page carries the fields that belong to the session.
        router.add(middleware: ErrorPages(manager: manager, renderer: pages.renderer, tokens: tokens))
        router.add(middleware: SessionsMiddleware(manager))
        pages.add(to: router)
        DeviceRoutes(manager: manager, pages: pages).add(to: router)
        ConfirmRoutes(manager: manager, pages: pages).add(to: router)
        StateRoutes(manager: manager, tokens: tokens).add(to: router)
        admin.add(to: router, pages.renderer)
        if lab { LabRoutes().add(to: router) }
        if let api { APIRoutes(manager: api, pages: pages).add(to: router) }
        let idleTimeout = try connectionTimeout.required("--connection-timeout").milliseconds
        let app = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .milliseconds(idleTimeout))),
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            services: [SessionSweeper(manager, logger: logger)],
            onServerRunning: { [host] channel in
                let line = "The shop is open at http://\(host):\(channel.localAddress?.port ?? 0)/\n"
                try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
            },
            logger: logger)
        do {
            try await app.runService()
        } catch let error as IOError {
            let hint = error.errnoCode == EADDRINUSE ? "; another program listens there, so choose another --port" : ""
            throw Refusal(
                description: "can't listen on \(host):\(port): \(String(cString: strerror(error.errnoCode)))\(hint)")
        } catch is SocketAddressError.UnknownHost {
            throw Refusal(description: "can't listen on \(host): no such host")
        }
    }
}

/// The machine's clock, ahead by a fixed time.
struct OffsetClock: SessionClock {
    let offset: Duration

    var now: Timestamp { SystemSessionClock().now + offset }
}

/// Why the shop doesn't open, in one line for whoever started it.
struct Refusal: Error, CustomStringConvertible {
    let description: String
}

/// What a handler knows of its request.
struct ShopContext: SessionsRequestContext {
    var coreContext: CoreRequestContextStorage
    var sessions: RequestSessions

    init(source: Source) {
        coreContext = .init(source: source)
        sessions = .init(source: source)
    }
}
