import Hummingbird
import Sessions

/// The way to the page for signing in, and back.
enum SignInPage {
    /// Its path, from which a sign-in leads back to the request's page.
    static func path(backTo request: Request) -> String {
        guard let path = ReturnPath(request.uri.string) else { return "/sign-in" }
        return "/sign-in?return=\(path.queryValue)"
    }
}
