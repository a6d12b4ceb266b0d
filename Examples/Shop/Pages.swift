import Foundation
import Hummingbird
import Sessions
import SessionsHummingbird

/// What visitors see.
struct Pages {
    let renderer: Renderer
    let tokens: FormTokens
    let users: Users
    private let signInLimit: SignInLimit
    private let manager: SessionManager
    /// Whether a session keeps the address that its user signed in from.
    private let keepsAddresses: Bool
    /// What tells whether a user was seen in a browser before; `nil` where the shop doesn't ask.
    private let knownDevices: KnownDevices?

    private var configuration: SessionConfiguration { manager.configuration }

    init(
        _ manager: SessionManager, _ tokens: FormTokens, signInLimit: SignInLimit, keepsAddresses: Bool,
        knownDevices: KnownDevices?
    ) throws {
        users = .customers
        self.manager = manager
        self.tokens = tokens
        self.signInLimit = signInLimit
        self.keepsAddresses = keepsAddresses
        self.knownDevices = knownDevices
        renderer = try Renderer()
    }

    struct Cart: ResponseEncodable {
        let items: [String: Int]
        let flash: [String]
    }

    func add(to router: Router<ShopContext>) {
        router.get("/") { request, context -> Response in
            // The shelf needs no session: while the store is down it is shown to everybody, and says nothing of who it is.
            let session = try await context.sessionOrNobody()
            session.allowCachingForStrangers()
            var values: [String: Any] = ["title": "Tea", "products": Product.all]
            values["notice"] = await notice(session)
            if request.uri.queryParameters.has(Self.signedOut), session.isAvailable, session.principal == nil {
                values["notice"] = "You have signed out."
            }
            return try renderer.page("products", values, header: try await header(session))
        }
        router.post("/cart") { request, context -> Response in
            let form = try await Form(request)
            let (product, quantity) = try Self.order(form, in: 1...99)
            let session = try await context.session()
            try await tokens.check(form, for: session)
            let message: FlashMessage = "Added \(quantity) × \(product.name) to your cart."
            try await session.update(.cart, default: [:], flash: message) { cart in
                cart[product.id] = min(cart[product.id, default: 0] + quantity, 999)
            }
            return .redirect(to: "/cart", type: .normal)
        }
        router.post("/cart/change") { request, context -> Response in
            let form = try await Form(request)
            let (product, quantity) = try Self.order(form, in: 0...999)
            let session = try await context.session()
            try await tokens.check(form, for: session)
            let message: FlashMessage =
                quantity == 0
                ? "Removed \(product.name) from your cart." : "Your cart has \(quantity) × \(product.name) now."
            try await session.update(.cart, default: [:], flash: message) { cart in
                cart[product.id] = quantity == 0 ? nil : quantity
            }
            return .redirect(to: "/cart", type: .normal)
        }
        router.get("/cart") { request, context -> Response in
            let session = try await context.session()
            let flash = try await session.takeFlash().map(\.text)
            let items = try session.value(.cart, default: [:])
            if request.acceptsJSON {
                return try context.responseEncoder.encode(
                    Cart(items: items, flash: flash), from: request, context: context)
            }
            let lines = Product.all.filter { items[$0.id] != nil }
            let total = lines.reduce(0) { $0 + $1.cents * items[$1.id, default: 0] }
            var values: [String: Any] = [
                "title": "Your cart", "flash": flash, "isEmpty": lines.isEmpty, "total": Self.price(total),
            ]
            values["lines"] = lines.map { product in
                let quantity = items[product.id, default: 0]
                return [
                    "id": product.id, "name": product.name, "price": product.price, "picture": product.picture,
                    "quantity": "\(quantity)", "sum": Self.price(product.cents * quantity),
                ]
            }
            values["notice"] = await notice(session)
            return try renderer.page("cart", values, header: try await header(session))
        }
        router.get("/sign-in") { request, context -> Response in
            let session = try await context.session()
            let path = ReturnPath(of: request)?.text
            if session.principal != nil { return .redirect(to: path ?? "/account", type: .normal) }
            var values: [String: Any] = ["title": "Sign in", "isInURL": session.isLowPrivilege]
            values["return"] = path
            values["notice"] = try await signInNotice(session)
            return try renderer.page("sign-in", values, header: try await header(session))
        }
        router.post("/sign-in") { request, context -> Response in
            let form = try await Form(request)
            let (name, password) = (try form.required("name"), try form.required("password"))
            let session = try await context.session()
            try session.requireNewTokenAllowed()
            try await tokens.check(form, for: session)
            guard try await accepts(name: name, password: password, in: session) else {
                var values: [String: Any] = [
                    "title": "Sign in", "wrong": true, "name": String(name.prefix(100)),
                    "isInURL": session.isLowPrivilege,
                ]
                values["notice"] = await notice(session)
                values["return"] = form["return"].flatMap { ReturnPath($0)?.text }
                return try renderer.page("sign-in", values, header: try await header(session), status: .unauthorized)
            }
            // Only behind the password: no other client may end a session of this user.
            var seen: SeenDevices?
            if let id = form["end"].flatMap({ SessionID($0.lowercased()) }) {
                seen = try await end(id, of: Principal(name))
            }
            do {
                try await signIn(name, in: session, remember: form["remember"] != nil)
                if let seen { try session.set(.seenDevices, to: seen) }
            } catch let error as SessionError where error.code == .tooManySessions && !request.acceptsJSON {
                return try await limitPage(error, name: name, form: form, session)
            } catch let error as SessionError where error.code == .ended && !request.acceptsJSON {
                return try await signInAgain(in: session, leadingTo: form["return"].flatMap { ReturnPath($0) })
            }
            return .redirect(to: form["return"].flatMap { ReturnPath($0)?.text } ?? "/account", type: .normal)
        }
        router.post("/sign-out") { request, context -> Response in
            let session = try await context.session()
            try await tokens.check(await Form(request), for: session)
            let wasSignedIn = session.principal != nil
            try await session.end()
            // The session is over, so the address says it to the next page.
            return .redirect(to: wasSignedIn ? "/?\(Self.signedOut)" : "/", type: .normal)
        }
        router.get("/account") { _, context -> Response in
            let session = try await context.session()
            guard let principal = session.principal else { return .redirect(to: "/sign-in", type: .normal) }
            let visits = try session.value(.visits, default: 0)
            let info = session.info
            var facts: [[String: String]] = []
            for (label, time) in [
                ("Began", info?.createdAt), ("Signed in", info?.authenticatedAt),
                ("Ends in any case", info?.absoluteDeadline),
            ] {
                guard let time else { continue }
                facts.append([
                    "label": label, "time": Moment.text(time),
                    "distance": Moment.distance(time, from: manager.clock.now),
                ])
            }
            let timeouts = info?.isPersistent == true ? configuration.rememberedTimeouts : configuration.timeouts
            let urlTimeout = session.isLowPrivilege ? configuration.urlTokens?.idleTimeout : nil
            if let idle = [timeouts.idle, urlTimeout].compactMap({ $0 }).min() {
                facts.append(["label": "Ends if you are away", "time": "for \(Moment.span(idle))"])
            }
            return try renderer.page(
                "account",
                [
                    "title": "Your account", "name": principal.name, "visits": "\(visits)", "once": visits == 1,
                    "hasVisits": visits > 0, "isInURL": session.isLowPrivilege,
                    "id": session.id?.description ?? "", "facts": facts,
                ], header: try await header(session))
        }
    }

    /// Whether a password is right, unless there were too many tries, on a page or by a program.
    func accepts(name: String, password: String, in session: Session) async throws -> Bool {
        try await signInLimit.allows(name, from: session.clientAddress) {
            try await users.accepts(name: name, password: password)
        }
    }

    /// Signs a user in whose password was right.
    func signIn(_ name: String, in session: Session, remember: Bool = false) async throws {
        try await session.signIn(
            try Principal(name), remember: remember, by: .password, on: session.device(withAddress: keepsAddresses))
        // A program keeps no cookies.
        if let knownDevices, session.info?.carrier == .cookie { try await session.recognizeDevice(in: knownDevices) }
    }

    /// Ends the session that a user has chosen.
    ///
    /// - Returns: what the new session remembers of it
    private func end(_ id: SessionID, of user: Principal) async throws -> SeenDevices {
        var seen = SeenDevices()
        seen.note(try await manager.list(of: user, includingEnded: true))
        if try await manager.end(id, of: user) { seen.noteEnd(of: [id]) }
        return seen
    }

    /// A sign-in that another one at the same moment has ended, or an "end all": the form says so, and may be sent again.
    ///
    /// The browser has no token of what came to nothing, so the words travel in a visitor's session.
    private func signInAgain(in session: Session, leadingTo way: ReturnPath?) async throws -> Response {
        if let text = await notice(session) { try await session.flash(text) }
        return .redirect(to: "/sign-in" + (way.map { "?return=\($0.queryValue)" } ?? ""), type: .normal)
    }

    private func signInNotice(_ session: Session) async throws -> String? {
        if let message = try await session.takeFlash().last { return message.text }
        return await notice(session)
    }

    /// A user has as many sessions as they may: asks which one to end, where the shop asks.
    ///
    /// The password is typed again, since what would stand for it in a visitor's session could be another client's.
    private func limitPage(
        _ error: SessionError, name: String, form: Form, _ session: Session
    ) async throws -> Response {
        let choices = error.otherSessions.enumerated().map { number, info -> [String: Any] in
            [
                "id": info.id.description, "name": info.deviceName ?? UserAgentName(nil).description,
                "used": Moment.distance(info.lastUsedAt, from: manager.clock.now),
                "began": Moment.text(info.authenticatedAt ?? info.createdAt),
                // The last one is the oldest.
                "isChosen": number == error.otherSessions.count - 1,
            ]
        }
        var values: [String: Any] = [
            "title": "Too many devices", "name": name, "choices": choices, "isAsking": !choices.isEmpty,
            "isKept": form["remember"] != nil, "limit": configuration.deviceLimit,
        ]
        values["return"] = form["return"].flatMap { ReturnPath($0)?.text }
        return try renderer.page("limit", values, header: try await header(session), status: .conflict)
    }

    func header(_ session: Session) async throws -> Renderer.Header {
        guard session.isAvailable else { return .init(reader: .unknown, formField: tokens.areRequired ? nil : "") }
        let field = try await tokens.field(for: session)
        return .init(
            reader: session.principal.map { .signedIn($0.name) } ?? .stranger, formField: field,
            cartCount: try session.value(.cart, default: [:]).values.reduce(0, +), link: session.url(for:))
    }

    /// The part of an address that says that a sign-out brought the browser there.
    static let signedOut: Substring = "signed-out"

    private static func order(_ form: Form, in quantities: ClosedRange<Int>) throws -> (Product, quantity: Int) {
        let (id, text) = (try form.required("product"), try form.required("quantity"))
        guard let product = Product.all.first(where: { $0.id == id }) else {
            throw HTTPError(.badRequest, message: "there is no product \"\(id.prefix(40))\"")
        }
        guard let quantity = Int(text), quantities.contains(quantity) else {
            throw HTTPError(
                .badRequest,
                message:
                    "quantity is \"\(text.prefix(40))\"; it must be \(quantities.lowerBound) to \(quantities.upperBound)"
            )
        }
        return (product, quantity)
    }

    static func price(_ cents: Int) -> String {
        String(format: "€ %d.%02d", cents / 100, cents % 100)
    }

    private func notice(_ session: Session) async -> String? { await EndNotice(manager: manager).text(for: session) }
}
