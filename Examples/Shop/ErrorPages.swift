import Hummingbird
import Logging
import Sessions

/// Gives a browser a page where a program gets JSON.
struct ErrorPages: RouterMiddleware {
    typealias Context = ShopContext

    let manager: SessionManager
    let renderer: Renderer
    let tokens: FormTokens

    func handle(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        var response = try await answer(request, context: context, next: next)
        // A path without a route has no session that would do it.
        manager.hideURL(of: request.head, in: &response.headers)
        // A client would read a body as its next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        var detail: String?
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            guard let known = error as? any HTTPResponseError else {
                context.logger.error(
                    "unexpected error", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
                detail = nil
                response = try HTTPError(.internalServerError, message: "something went wrong on our side")
                    .response(from: request, context: context)
                return try page(response, for: request, detail: detail)
            }
            detail = (known as? HTTPError)?.body
            if var bare = known as? HTTPError, bare.body == nil {
                bare.body = bare.status.reasonPhrase.lowercased()
                response = try bare.response(from: request, context: context)
            } else {
                response = try known.response(from: request, context: context)
            }
        }
        return try page(response, for: request, detail: detail)
    }

    private func page(_ response: Response, for request: Request, detail: String?) throws -> Response {
        guard response.status.code >= 400, request.headers[.accept]?.lowercased().contains("text/html") == true,
            response.headers[.contentType]?.hasPrefix("text/html") != true
        else { return response }
        var words = Self.words(for: response.status)
        if response.status == .serviceUnavailable, bringsUsersCookie(request) {
            words.advice = "We can't reach our records right now. You are still signed in: try again in a minute."
        }
        var values: [String: Any] = ["heading": words.heading, "advice": words.advice, "title": words.heading]
        // What a client got wrong helps it; what went wrong inside the server helps nobody outside.
        if response.status.kind == .clientError, let detail { values["detail"] = detail }
        var page = try renderer.page(
            "error", values,
            header: .init(reader: .unknown, formField: tokens.areRequired ? nil : "") {
                manager.url(for: $0, keepingTokenOf: request.head)
            },
            status: response.status)
        for field in response.headers where field.name != .contentType && field.name != .contentLength {
            page.headers.append(field)
        }
        return page
    }

    private func bringsUsersCookie(_ request: Request) -> Bool {
        let name = manager.configuration.cookies.signedInName
        return request.headers[values: .cookie].contains { fields in
            fields.split(separator: ";").contains { $0.drop { $0 == " " }.hasPrefix("\(name)=") }
        }
    }

    private static func words(for status: HTTPResponse.Status) -> (heading: String, advice: String) {
        switch status {
        case .badRequest, .unprocessableContent, .unsupportedMediaType:
            ("That didn't quite work", "Something in the form can't be right. Go back, change it and send it again.")
        case .unauthorized:
            ("Please sign in first", "This needs to know who you are. Sign in and try again.")
        case .forbidden:
            (
                "This isn't possible here",
                "The shop only does this on its own pages and over a secure connection. Check that the address begins with "
                    + "https, open the page again and send it from there."
            )
        case .notFound, .methodNotAllowed:
            ("We can't find that page", "It may have moved, or the address has a typing mistake.")
        case .conflict:
            (
                "Your session changed in the meantime",
                "You signed in or out, perhaps in another tab, while this was under way, so nothing was saved. "
                    + "Go back, reload the page and try again."
            )
        case .contentTooLarge:
            ("That is more than we can take", "Nothing was saved. Go back, make it shorter and send it again.")
        case .tooManyRequests:
            ("That was too often", "Nothing was changed. Wait a moment, then try again.")
        case .requestHeaderFieldsTooLarge:
            (
                "Your browser sent too many cookies",
                "Delete the cookies of this site in your browser's settings, then reload the page."
            )
        case .serviceUnavailable:
            (
                "One moment, please",
                "We can't reach our records right now. Nothing is lost: reload the page in a minute."
            )
        default:
            status.code >= 500
                ? (
                    "Something went wrong on our side",
                    "We are sorry. Your cart and your account are safe; please try again."
                )
                : ("That didn't work", "Go back, reload the page and try again.")
        }
    }
}
