import AsyncHTTPClient
import Foundation
package import HTTPTypes
import NIOCore
import NIOHTTP1
import Sessions
package import SessionsTesting
import Synchronization
import TokenScanner

/// Somebody with a cookie jar, and as many tabs as there are requests at once.
package final class Browser: Sendable {
    private let state: Mutex<CookieJar>

    package init(jar: CookieJar = CookieJar(trustsLoopback: true)) {
        state = Mutex(jar)
    }

    package var jar: CookieJar {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Another browser with the cookies of this moment: a thief's, or this one restored from yesterday.
    package func copy() -> Browser { Browser(jar: jar) }

    package var visitorToken: String? { jar["__Host-Http-visitor"] }
    package var signedInToken: String? { jar["__Host-Http-id"] }

    /// - Parameters:
    ///   - keeps: whether the answer's cookies go into the jar; not when the answer is to count as lost
    ///   - limit: how long to wait for the answer
    /// - Throws: when no answer came: then the request may have happened or not; `TokenLeak` where the answer shows a token
    ///   that a server has issued to any browser of this process
    package func send(
        _ method: HTTPRequest.Method, _ url: String, _ fields: HTTPFields = [:], body: String? = nil,
        keeps: Bool = true, within limit: Duration = .seconds(240)
    ) async throws -> Answer {
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        var request = HTTPRequest(
            method: method, scheme: "http", authority: String(authority), path: String(rest.dropFirst(authority.count)),
            headerFields: fields)
        if fields[.cookie] == nil { state.withLock { $0.addCookies(to: &request) } }

        var message = HTTPClientRequest(url: url)
        message.method = .RAW(value: method.rawValue)
        for field in request.headerFields { message.headers.add(name: field.name.rawName, value: field.value) }
        if let body { message.body = .bytes(ByteBuffer(string: body)) }
        let response = try await Self.client.execute(message, timeout: .nanoseconds(limit.nanoseconds))
        var head = HTTPResponse(status: .init(code: Int(response.status.code)))
        for (name, value) in response.headers {
            guard let name = HTTPField.Name(name) else { continue }
            head.headerFields.append(HTTPField(name: name, value: value))
        }
        // The cookies are the browser's as soon as the head is there, also if the body breaks off.
        var refusals: [CookieJar.Refusal] = []
        if keeps { refusals = state.withLock { $0.receive(head, to: request) } }
        let text = String(buffer: try await response.body.collect(upTo: 1 << 22))
        // H-6, at every answer of every test that visits a server by this browser.
        try IssuedTokens.shared.check(
            "\(method) \(request.path ?? "")".prefix { $0 != "?" } + " answers \(head.status.code)",
            path: request.path ?? "", fields: head.headerFields.map { ($0.name.rawName, $0.value) }, body: text)
        return Answer(status: head.status.code, fields: head.headerFields, body: text, refusals: refusals)
    }

    private static let client = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

/// What came back, without redirects followed.
package struct Answer: Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: String
    /// Cookies that the browser did not take.
    package let refusals: [CookieJar.Refusal]

    package var setCookies: [String] { fields[values: .setCookie] }
    package var location: String? { fields[.location] }

    package subscript(name: String) -> String? { HTTPField.Name(name).flatMap { fields[$0] } }

    package func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.utf8))
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
