import Hummingbird
import Sessions
import SessionsAdmin
import SessionsHummingbird

/// The back office under `/admin`: operators sign in to a realm of their own and watch the customers' sessions.
struct AdminRoutes {
    private static let path = "/admin"
    private static let signInPath = "/admin/sign-in"

    private let operators: SessionManager
    private let admin: AdminPages<ShopContext>
    private let users = Users.operators
    private let signInLimit: SignInLimit

    /// - Parameters:
    ///   - customers: whose sessions are watched, with `activity` as an observer
    ///   - operators: whose sessions the operators' own are
    init(
        of customers: SessionManager, _ activity: SessionActivity, operators: SessionManager, signInLimit: SignInLimit
    ) throws {
        self.operators = operators
        self.signInLimit = signInLimit
        let office = operators.realm
        admin = try AdminPages(of: customers, at: Self.path, activity: activity, signOutPath: "/admin/sign-out") {
            visit in
            // What an open page asks by itself keeps no operator signed in.
            let session =
                visit.isAutomatic
                ? try await visit.context.peekAtSession(in: office) : try await visit.context.session(in: office)
            return session.principal.map { .granted(to: $0) } ?? .signIn(at: Self.signInPath)
        } showsValue: { name in
            name == SessionKey.cart.name
        }
    }

    /// Cookies of its own, which the rest of the shop never gets, and shorter sessions.
    static func configuration(like configuration: SessionConfiguration) -> SessionConfiguration {
        var configuration = configuration
        configuration.cookies.visitorName = "admin-visitor"
        configuration.cookies.signedInName = "admin"
        if configuration.cookies.scope.isSecure {
            // With a path of its own a cookie can't be `__Host-`.
            configuration.cookies.visitorName = "__Http-admin-visitor"
            configuration.cookies.signedInName = "__Http-admin"
        }
        configuration.cookies.scope.path = path
        configuration.timeouts = .init(idle: .minutes(15), absolute: .hours(8))
        configuration.urlTokens = nil
        configuration.forgeryProtection.exemptions = []
        return configuration
    }

    func add(to router: Router<ShopContext>, _ renderer: Renderer) {
        let office = router.group("admin").add(middleware: SessionsMiddleware(operators))
        office.get("sign-in") { request, context -> Response in
            let way = ReturnPath(of: request)
            guard try await context.session().principal == nil else {
                return .redirect(to: way?.text ?? Self.path, type: .normal)
            }
            return try signInPage(renderer, leadingTo: way)
        }
        office.post("sign-in") { request, context -> Response in
            let form = try await Form(request)
            let (name, password) = (try form.required("name"), try form.required("password"))
            let way = form["return"].flatMap { ReturnPath($0) }
            let session = try await context.session()
            try session.requireNewTokenAllowed()
            let isRight = try await signInLimit.allows(name, from: session.clientAddress) {
                try await users.accepts(name: name, password: password)
            }
            guard isRight else { return try signInPage(renderer, leadingTo: way, isWrong: true) }
            try await session.signIn(try Principal(name), by: .password)
            return .redirect(to: way?.text ?? Self.path, type: .normal)
        }
        office.post("sign-out") { _, context -> Response in
            try await context.session().end()
            return .redirect(to: Self.signInPath, type: .normal)
        }
        office.addAdminPages(admin)
    }

    private func signInPage(
        _ renderer: Renderer, leadingTo way: ReturnPath?, isWrong: Bool = false
    ) throws -> Response {
        var response = try renderer.page(
            "operator-sign-in",
            ["title": "For operators", "action": Self.signInPath, "return": way?.text ?? Self.path, "wrong": isWrong],
            header: .init(reader: .unknown, formField: nil), status: isWrong ? .unauthorized : .ok)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
