package import HTTPTypes
import Logging
package import Sessions
package import SessionsTesting

/// A small application that knows no server: each server under test asks it for its pages.
package struct AdapterShop: Sendable {
    /// What a handler makes of a request.
    package enum Page: Sendable {
        case text(String, HTTPFields = [:], status: HTTPResponse.Status = .ok)
        /// A redirect with status 303.
        case redirect(String)
        /// The text is made when the response head is out.
        case stream(@Sendable () async -> String)
    }

    /// An error of the application, which the server answers in its own way.
    package enum Failure: Error {
        /// To be thrown on as the server's own 404.
        case notFound
        /// To be thrown on as it is: no server knows a status for it.
        case unexpected
    }

    package let store = FaultyStore(MemorySessionStore())
    package let log = RecordedLog()
    package let events = RecordedEvents()
    package let manager: SessionManager
    /// What the server answers with status 418 where a session fails; `nil` for the adapter's own response.
    package let errorPage: String?

    private static let count: SessionKey<Int> = "n"

    init(_ configuration: SessionConfiguration, errorPage: String?) throws {
        manager = try SessionManager(store: store, configuration: configuration, observers: [events.observer])
        self.errorPage = errorPage
    }

    /// - Parameter target: the path and the query as the handler sees them
    package func page(
        _ method: HTTPRequest.Method, _ path: String, target: String, session: () async throws(SessionError) -> Session
    ) async throws -> Page {
        let count = Self.count
        switch (method, path) {
        case (.get, "/bare"):
            return .text("bare")
        case (.get, "/n"):
            return .text("\(try await session().value(count, default: 0))")
        case (.get, "/public"):
            _ = try await session().value(count)
            return .text(
                "for everybody?",
                [
                    .cacheControl: "public, max-age=60", .vary: "Accept-Language",
                    HTTPField.Name("CDN-Cache-Control")!: "max-age=60", HTTPField.Name("X-Accel-Expires")!: "60",
                ])
        case (.head, "/n"):
            _ = try await session().value(count)
            return .text("")
        case (.get, "/not-modified"):
            _ = try await session().value(count)
            return .text("", [.eTag: "\"1\"", .cacheControl: "max-age=60"], status: .notModified)
        case (.post, "/n"):
            try await session().set(count, to: 1)
            return .text("set")
        case (.post, "/n-then-404"):
            try await session().set(count, to: 2)
            throw Failure.notFound
        case (.post, "/n-then-500"):
            try await session().set(count, to: 3)
            throw Failure.unexpected
        case (.get, "/target"):
            log.logger.notice("a page", metadata: ["target": "\(target)"])
            return .text("\(try await session().value(count, default: 0)) \(target)")
        case (.post, "/fill"):
            try await session().set(count, to: 6)
            return .redirect("/target?a=1")
        case (.get, "/fill"):
            try await session().set(count, to: 7)
            return .text("filled")
        case (.post, "/hand-over"):
            let session = try await session()
            try session.set(count, to: 8)
            try await session.save()
            return .redirect(try await session.handOverURL(for: "https://pay.example/target"))
        case (.post, "/leave"):
            // A redirect that has the session's link, and leads elsewhere.
            let link = try await session().url(for: "/")
            return .redirect("https://other.example" + link)
        case (.post, "/end-then-500"):
            try await session().end()
            throw Failure.unexpected
        case (.post, "/token"):
            try await session().signIn(try Principal("ada"))
            return .text(try await session().exposeNewToken())
        case (.post, "/sign-in"):
            try await session().signIn(try Principal("ada"))
            return .text("hello")
        case (.get, "/stream"):
            let session = try await session()
            try session.set(count, to: 4)
            return .stream {
                do throws(SessionError) {
                    try session.set(count, to: 5)
                    return "stored"
                } catch {
                    return "\(error.code)"
                }
            }
        default:
            throw Failure.notFound
        }
    }
}
