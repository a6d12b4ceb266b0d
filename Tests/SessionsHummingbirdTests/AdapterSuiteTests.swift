import AdapterSuite
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Sessions
import SessionsHummingbird
import Testing

@Suite("Hummingbird, as a browser sees it", .timeLimit(.minutes(10)))
struct AdapterSuiteTests {
    @Test("Hummingbird shows every behaviour of an adapter", arguments: AdapterBehaviour.all)
    func shows(_ behaviour: AdapterBehaviour) async throws {
        try await behaviour.verify(on: Server.self)
    }

    private enum Server: AdapterServer {
        static func serve(
            _ shop: AdapterShop, while body: @escaping @Sendable (String) async throws -> Void
        ) async throws {
            let router = Router(context: BasicSessionsRequestContext.self)
            router.add(middleware: middleware(for: shop))
            for method in [HTTPRequest.Method.get, .head, .post] {
                router.on("**", method: method) { request, context in
                    do {
                        let page = try await shop.page(
                            method, request.uri.path, target: request.uri.string, session: context.session)
                        switch page {
                        case .text(let text, let fields, let status):
                            return Response(
                                status: status, headers: fields, body: .init(byteBuffer: .init(string: text)))
                        case .redirect(let location):
                            return Response(status: .seeOther, headers: [.location: location])
                        case .stream(let text):
                            return Response(
                                status: .ok,
                                body: .init { writer in
                                    try await writer.write(ByteBuffer(string: await text()))
                                    try await writer.finish(nil)
                                })
                        }
                    } catch AdapterShop.Failure.notFound {
                        throw HTTPError(.notFound)
                    }
                }
            }
            try await Application(router: router, logger: shop.log.logger).test(.live) { client in
                try await body("http://localhost:\(try #require(client.port))")
            }
        }

        private static func middleware(for shop: AdapterShop) -> SessionsMiddleware<BasicSessionsRequestContext> {
            guard let text = shop.errorPage else { return SessionsMiddleware(shop.manager) }
            return SessionsMiddleware(shop.manager) { _, _, _ in
                Response(status: .init(code: 418), body: .init(byteBuffer: .init(string: text)))
            }
        }
    }
}
