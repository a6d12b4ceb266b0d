import Hummingbird
import Sessions
import SessionsHummingbird

/// What a program or an app uses instead of pages: its token travels in `Authorization: Bearer`.
struct APIRoutes {
    /// Sessions of the same store and realm as the pages', so that a user's are listed and ended together.
    let manager: SessionManager
    /// The passwords, and how often they may be tried.
    let pages: Pages

    struct Credentials: Decodable {
        let name, password: String
    }

    struct Token: ResponseEncodable {
        let token: String
    }

    /// The routes that the pages' protection from forged requests leaves alone: no browser sends their token by itself.
    static func exemptions() throws -> [ForgeryProtection.Exemption] {
        [try .init(.post, "/api/sign-in"), try .init(.post, "/api/sign-out")]
    }

    /// The same timeouts as the pages', with tokens in `Authorization`.
    static func configuration(like configuration: SessionConfiguration) -> SessionConfiguration {
        var configuration = configuration
        configuration.transport = .bearer
        configuration.urlTokens = nil
        configuration.clearSiteData = []
        return configuration
    }

    func add(to router: Router<ShopContext>) {
        let api = router.group("api").add(middleware: SessionsMiddleware(manager))
        api.post("sign-in") { request, context -> Token in
            let credentials = try await request.decode(as: Credentials.self, context: context)
            let session = try await context.session()
            try session.requireNewTokenAllowed()
            guard try await pages.accepts(name: credentials.name, password: credentials.password, in: session) else {
                throw HTTPError(.unauthorized, message: "that name and password don't match")
            }
            try await pages.signIn(credentials.name, in: session)
            return Token(token: try session.exposeNewToken())
        }
        api.get("session") { _, context -> StateRoutes.State in
            StateRoutes.State(try await context.session())
        }
        api.post("sign-out") { _, context -> HTTPResponse.Status in
            try await context.session().end()
            return .noContent
        }
    }
}
