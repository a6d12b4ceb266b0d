import Crypto
import Foundation
import Hummingbird
import Mustache
import NIOCore
import Sessions

/// Makes the HTML responses.
struct Renderer: Sendable {
    /// What a page says about who reads it, and what its forms hold.
    struct Header {
        enum Reader {
            case signedIn(String)
            case stranger
            /// The page has not asked the session.
            case unknown
        }

        let reader: Reader
        /// The hidden field of each form, empty where none is needed; `nil` for no forms.
        let formField: String?
        let cartCount: Int
        /// Writes a link or the action of a form, with the session's token where that travels in URLs.
        let link: (String) -> String

        init(
            reader: Reader, formField: String?, cartCount: Int = 0, link: @escaping (String) -> String = { $0 }
        ) {
            self.reader = reader
            self.formField = formField
            self.cartCount = cartCount
            self.link = link
        }
    }

    /// The places that pages lead to, by their names in the templates.
    private static let places = [
        "shop": "/", "cart": "/cart", "account": "/account", "signIn": "/sign-in", "signOut": "/sign-out",
        "changeCart": "/cart/change", "devices": "/account/sessions", "confirm": "/account/confirm",
        "password": "/account/password", "checkout": "/checkout",
    ]

    private let library: MustacheLibrary
    private let contentSecurityPolicy: String

    init() throws {
        MustacheContentTypes.register(EscapedBytes(), named: "BYTES")
        library = MustacheLibrary(
            templates: try Templates.all.mapValues { try MustacheTemplate(string: "{{% CONTENT_TYPE:BYTES}}" + $0) })
        let hash = Data(SHA256.hash(data: Data(Style.text.utf8))).base64EncodedString()
        contentSecurityPolicy =
            "default-src 'none'; style-src 'sha256-\(hash)'; img-src data:; form-action 'self'; frame-ancestors 'none'; "
            + "base-uri 'none'"
    }

    func page(
        _ name: String, _ values: [String: Any], header: Header, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        var values = values
        values["style"] = Style.text
        values["url"] = Self.places.mapValues(header.link)
        values["form"] = header.formField
        values["hasForms"] = header.formField != nil
        if header.cartCount > 0 { values["cartCount"] = "\(header.cartCount)" }
        switch header.reader {
        case .signedIn(let principal): values["principal"] = principal
        case .stranger: values["offersSignIn"] = true
        case .unknown: break
        }
        guard let text = library.render(values, withTemplate: name) else { throw HTTPError(.internalServerError) }
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: contentSecurityPolicy,
                .init("Referrer-Policy")!: "same-origin", .init("X-Content-Type-Options")!: "nosniff",
                .init("Cross-Origin-Resource-Policy")!: "same-origin",
            ],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Times as people write them.
enum Moment {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `24 Nov 2026, 08:15 UTC`.
    static func text(_ timestamp: Timestamp) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute],
            from: Date(timeIntervalSince1970: Double(timestamp.milliseconds) / 1000))
        let clock = [parts.hour ?? 0, parts.minute ?? 0].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(parts.day ?? 1) \(months[(parts.month ?? 1) - 1]) \(parts.year ?? 1970), \(clock) UTC"
    }

    /// `in 30 minutes`, `2 hours ago`, `just now`.
    static func distance(_ timestamp: Timestamp, from now: Timestamp) -> String {
        let seconds = Int((Double((timestamp - now).milliseconds) / 1000).rounded())
        guard abs(seconds) >= 5 else { return "just now" }
        let amount = span(.seconds(abs(seconds)))
        return seconds > 0 ? "in \(amount)" : "\(amount) ago"
    }

    /// `30 minutes`.
    static func span(_ duration: Duration) -> String {
        let size = Int(duration.components.seconds)
        let (count, unit) =
            switch size {
            case ..<90: (size, "second")
            case ..<5400: ((size + 30) / 60, "minute")
            case ..<129_600: ((size + 1800) / 3600, "hour")
            default: ((size + 43_200) / 86_400, "day")
            }
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
