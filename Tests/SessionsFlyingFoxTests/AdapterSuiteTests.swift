#if FlyingFox
    import AdapterSuite
    import FlyingFox
    import FlyingSocks
    import Foundation
    import HTTPTypes
    import Sessions
    import SessionsFlyingFox
    import Testing

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #else
        import Darwin
    #endif

    @Suite("FlyingFox, as a browser sees it", .timeLimit(.minutes(10)))
    struct AdapterSuiteTests {
        @Test("FlyingFox shows every behaviour of an adapter", arguments: AdapterBehaviour.all)
        func shows(_ behaviour: AdapterBehaviour) async throws {
            try await behaviour.verify(on: Server.self)
        }

        private typealias Method = HTTPTypes.HTTPRequest.Method

        private enum Server: AdapterServer {
            static func serve(
                _ shop: AdapterShop, while body: @escaping @Sendable (String) async throws -> Void
            ) async throws {
                let server = HTTPServer(
                    address: try sockaddr_in.inet(ip4: "127.0.0.1", port: 0), logger: .disabled,
                    handler: handler(for: shop))
                let running = Task { try await server.run() }
                defer { running.cancel() }
                try await server.waitUntilListening(timeout: 60)
                guard case .ip4(_, let port) = await server.listeningAddress else {
                    Issue.record("FlyingFox listens at no address")
                    return
                }
                do {
                    try await body("http://127.0.0.1:\(port)")
                } catch {
                    await server.stop()
                    throw error
                }
                await server.stop()
            }

            private static func handler(for shop: AdapterShop) -> SessionsHandler {
                let logger = shop.log.logger
                guard let text = shop.errorPage else {
                    return SessionsHandler(shop.manager, logger: logger) { request, handle in
                        try await page(of: shop, request, handle)
                    }
                }
                return SessionsHandler(
                    shop.manager, logger: logger,
                    onError: { _, _ in HTTPResponse(statusCode: .teapot, body: Data(text.utf8)) },
                    handler: { request, handle in try await page(of: shop, request, handle) })
            }

            private static func page(
                of shop: AdapterShop, _ request: FlyingFox.HTTPRequest, _ handle: SessionHandle
            ) async throws -> FlyingFox.HTTPResponse {
                let method = try #require(Method(request.method.rawValue))
                do {
                    let page = try await shop.page(
                        method, request.path, target: request.target.rawValue, session: handle.session)
                    switch page {
                    case .text(let text, let fields, let status):
                        var headers = HTTPHeaders()
                        for field in fields { headers.addValue(field.value, for: HTTPHeader(field.name.rawName)) }
                        return HTTPResponse(
                            statusCode: HTTPStatusCode(status.code, phrase: status.reasonPhrase), headers: headers,
                            body: Data(text.utf8))
                    case .redirect(let location):
                        return HTTPResponse(statusCode: .seeOther, headers: HTTPHeaders([.location: location]))
                    case .stream(let text):
                        return HTTPResponse(statusCode: .ok, body: HTTPBodySequence(from: LateBody(text: text)))
                    }
                } catch AdapterShop.Failure.notFound {
                    throw HTTPUnhandledError()
                }
            }
        }

        /// Bytes that are made when the server comes to send them.
        private struct LateBody: AsyncBufferedSequence {
            let text: @Sendable () async -> String

            func makeAsyncIterator() -> Iterator { Iterator(text: text) }

            struct Iterator: AsyncBufferedIteratorProtocol {
                let text: @Sendable () async -> String
                private var rest: [UInt8]?

                init(text: @escaping @Sendable () async -> String) { self.text = text }

                mutating func next() async -> UInt8? { await nextBuffer(suggested: 1)?.first }

                mutating func nextBuffer(suggested count: Int) async -> [UInt8]? {
                    var bytes: [UInt8]
                    if let rest { bytes = rest } else { bytes = Array(await text().utf8) }
                    let buffer = Array(bytes.prefix(count))
                    bytes.removeFirst(buffer.count)
                    rest = bytes
                    return buffer.isEmpty ? nil : buffer
                }
            }
        }
    }
#endif
