import Hummingbird
import Sessions
import SessionsHummingbird

/// What asks a signed-in user for the password once more: a page for that, a change of password, and the checkout.
struct ConfirmRoutes {
    let manager: SessionManager
    let pages: Pages

    private static let path = "/account/confirm"
    private static let passwordPath = "/account/password"
    private static let checkoutPath = "/checkout"

    /// How long ago the password may have been typed.
    private static let freshness = (password: Duration.seconds(300), checkout: Duration.seconds(900))

    func add(to router: Router<ShopContext>) {
        addConfirmation(to: router)
        addPassword(to: router)
        addCheckout(to: router)
    }

    /// Sends a user who has to type the password first to the page for that, and a visitor to the one for signing in.
    ///
    /// - Parameters:
    ///   - duration: how long ago the password may have been typed; `nil` for any time that isn't only remembered
    ///   - page: where the way leads back to, for a request that can't be repeated
    /// - Returns: `nil` where the user may go on
    static func detour(
        from request: Request, of session: Session, within duration: Duration? = nil, backTo page: String? = nil
    ) throws -> Response? {
        do throws(SessionError) {
            try session.requireAuthentication(level: .aal1, within: duration, by: .password)
            return nil
        } catch {
            guard error.asksForAuthentication else { throw error }
            let start = error.code == .noSession ? "/sign-in" : path
            let target = ReturnPath(page ?? request.uri.string).map { "\(start)?return=\($0.queryValue)" } ?? start
            return .redirect(to: target, type: .normal)
        }
    }

    private func addConfirmation(to router: Router<ShopContext>) {
        router.get("/account/confirm") { request, context -> Response in
            let session = try await context.session()
            guard let user = session.principal else {
                return .redirect(to: SignInPage.path(backTo: request), type: .normal)
            }
            try session.requireFullPrivilege()
            return try await page(for: user, in: session, backTo: ReturnPath(of: request))
        }
        router.post("/account/confirm") { request, context -> Response in
            let form = try await Form(request)
            let password = try form.required("password")
            let session = try await context.session()
            try session.requireNewTokenAllowed()
            try await pages.tokens.check(form, for: session)
            guard let user = session.principal else { throw HTTPError(.unauthorized, message: "sign in first") }
            try session.requireFullPrivilege()
            let back = form["return"].flatMap { ReturnPath($0) }
            guard try await pages.accepts(name: user.name, password: password, in: session) else {
                return try await page(for: user, in: session, backTo: back, isWrong: true)
            }
            try await session.stepUp(by: .password)
            return .redirect(to: back?.text ?? "/account", type: .normal)
        }
    }

    private func page(
        for user: Principal, in session: Session, backTo path: ReturnPath?, isWrong: Bool = false
    ) async throws -> Response {
        var values: [String: Any] = ["title": "Your password, please", "name": user.name, "wrong": isWrong]
        values["return"] = path?.text
        return try pages.renderer.page(
            "confirm", values, header: try await pages.header(session), status: isWrong ? .unauthorized : .ok)
    }

    private func addPassword(to router: Router<ShopContext>) {
        router.get("/account/password") { request, context -> Response in
            let session = try await context.session()
            if let detour = try Self.detour(from: request, of: session, within: Self.freshness.password) {
                return detour
            }
            return try await passwordPage(in: session)
        }
        router.post("/account/password") { request, context -> Response in
            let form = try await Form(request)
            let password = try form.required("new-password")
            let session = try await context.session()
            try session.requireNewTokenAllowed()
            try await pages.tokens.check(form, for: session)
            if let detour = try Self.detour(
                from: request, of: session, within: Self.freshness.password, backTo: Self.passwordPath)
            {
                return detour
            }
            guard let user = session.principal, Users.isAcceptable(newPassword: password) else {
                return try await passwordPage(in: session, isShort: true)
            }
            let hash = try await pages.users.hash(of: password)
            // Of two changes at once one gets the new token, and a session that was ended meanwhile gets none: neither of the
            // others changes anything. With all other sessions ended, those who knew the password before are out.
            try await session.stepUp(by: .password)
            pages.users.setPassword(hash, of: user.name)
            let devices = DeviceRoutes(manager: manager, pages: pages)
            try await devices.endOthers(of: user, in: session, reason: .passwordChanged) { count in
                "Your password is changed. " + (count == 0 ? "" : DeviceRoutes.signedOut(count))
            }
            return .redirect(to: DeviceRoutes.path, type: .normal)
        }
    }

    private func passwordPage(in session: Session, isShort: Bool = false) async throws -> Response {
        try pages.renderer.page(
            "password",
            [
                "title": "Change your password", "name": session.principal?.name ?? "", "isShort": isShort,
                "shortest": "\(Users.shortestPassword)",
            ], header: try await pages.header(session), status: isShort ? .unprocessableContent : .ok)
    }

    private func addCheckout(to router: Router<ShopContext>) {
        router.get("/checkout") { request, context -> Response in
            let session = try await context.session()
            guard let lines = try Self.lines(of: session) else { return .redirect(to: "/cart", type: .normal) }
            if let detour = try Self.detour(from: request, of: session, within: Self.freshness.checkout) {
                return detour
            }
            return try pages.renderer.page(
                "checkout", ["title": "Check out", "lines": lines.texts, "total": lines.total],
                header: try await pages.header(session))
        }
        router.post("/checkout") { request, context -> Response in
            let session = try await context.session()
            try await pages.tokens.check(await Form(request), for: session)
            if let detour = try Self.detour(
                from: request, of: session, within: Self.freshness.checkout, backTo: Self.checkoutPath)
            {
                return detour
            }
            // Of two clicks one takes the cart, so there is one order.
            let cart = try await session.take(.cart) ?? [:]
            guard !cart.isEmpty else { return .redirect(to: "/cart", type: .normal) }
            try await session.flash("Thank you! This is a make-believe shop, so nothing will be sent or charged.")
            return .redirect(to: "/cart", type: .normal)
        }
    }

    private static func lines(of session: Session) throws -> (texts: [String], total: String)? {
        let items = try session.value(.cart, default: [:])
        let products = Product.all.filter { items[$0.id] != nil }
        guard !products.isEmpty else { return nil }
        let total = products.reduce(0) { $0 + $1.cents * items[$1.id, default: 0] }
        return (products.map { "\(items[$0.id, default: 0]) × \($0.name)" }, Pages.price(total))
    }
}
