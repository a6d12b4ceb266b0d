import HTTPTypes
import Sessions
import SessionsTesting

/// A jar on a clock that stands still, and short ways to answer and to ask.
struct JarBench {
    let clock = ManualClock()
    var jar: CookieJar

    init(trustsLoopback: Bool = false) {
        jar = CookieJar(clock: clock, trustsLoopback: trustsLoopback)
    }

    static func request(_ url: String) -> HTTPRequest {
        let scheme = url.prefix { $0 != ":" }
        let rest = url.dropFirst(scheme.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        return HTTPRequest(
            method: .get, scheme: String(scheme), authority: String(authority),
            path: String(rest.dropFirst(authority.count)))
    }

    /// Answers a request with cookies; returns the reasons of those that were ignored.
    @discardableResult
    mutating func set(_ fields: String..., at url: String = "https://shop.test/") -> [CookieJar.Refusal.Reason] {
        var response = HTTPResponse(status: .ok)
        for field in fields {
            response.headerFields.append(HTTPField(name: .setCookie, lenientValue: Array(field.utf8)))
        }
        return jar.receive(response, to: Self.request(url)).map(\.reason)
    }

    func sent(to url: String = "https://shop.test/") -> String? { jar.cookieHeader(for: Self.request(url)) }
}
