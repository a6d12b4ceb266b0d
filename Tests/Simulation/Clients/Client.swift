import Foundation
import HTTPTypes
@testable import Sessions

/// A user agent: one jar that its requests share.
///
/// It remembers what it has held, as a thief would.
struct Client {
    typealias Jar = [String: String]

    var jar: Jar
    /// Every jar it has had, oldest first.
    private(set) var held: [Jar]

    init(jar: Jar) {
        self.jar = jar
        held = [jar]
    }

    mutating func take(_ fields: HTTPFields) {
        for cookie in fields[values: .setCookie].map(SentCookie.init) {
            jar[cookie.name] = cookie.isDeletion ? nil : cookie.value
        }
        if !held.contains(jar) { held.append(jar) }
    }

    static func request(_ jar: Jar) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        if !jar.isEmpty {
            request.headerFields[.cookie] = jar.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
                .joined(separator: "; ")
        }
        return request
    }
}

/// One `Set-Cookie` of a response.
struct SentCookie {
    static let signedIn = "__Host-Http-id"
    static let visitor = "__Host-Http-visitor"

    let name: String
    let value: String
    let isDeletion: Bool

    init(_ field: String) {
        let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(pair[0])
        value = String(pair[1])
        isDeletion = field.contains("Max-Age=0")
    }

    var token: TokenParts? { isDeletion ? nil : TokenParts(value) }
}

extension TokenParts {
    init?(_ text: String) {
        guard let token = SessionToken(text: text) else { return nil }
        self.init(id: token.id, family: token.secret.family, step: token.secret.step)
    }

    var digest: SecretDigest { SessionSecret(family: family, step: step).digest(in: RealmTag(.default)) }
}

extension [String: String] {
    func token(_ name: String) -> TokenParts? { self[name].flatMap { TokenParts($0) } }
}
