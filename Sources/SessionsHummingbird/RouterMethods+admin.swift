public import Hummingbird
import NIOCore
import Sessions
public import SessionsAdmin

extension RouterMethods where Context: Sendable {
    /// Adds the operators' pages to a group of routes, whose path is the one that the pages were made with.
    ///
    /// ```swift
    /// router.group("admin").add(middleware: SessionsMiddleware(office)).addAdminPages(admin)
    /// ```
    /// What else the group has below that path, such as a page for signing in, goes before the pages. Events name the client
    /// that the closest ``SessionsMiddleware`` knows.
    @discardableResult
    public func addAdminPages(_ pages: AdminPages<Context>) -> Self {
        for path in ["", "**"] as [RouterPath] {
            for method in [.get, .head, .post, .put, .patch, .delete] as [HTTPRequest.Method] {
                on(path, method: method) { request, context in
                    var body: [UInt8] = []
                    if method != .get, method != .head {
                        do {
                            let limit = AdminPages<Context>.maximumBodyBytes
                            body = Array(buffer: try await request.body.collect(upTo: limit))
                        } catch is NIOTooManyBytesError {
                            throw HTTPError(.contentTooLarge)
                        }
                    }
                    let handle = try? (context as? any SessionsRequestContext)?.sessions.handle()
                    return Response(try await pages.response(to: request.head, body: body, in: context, of: handle))
                }
            }
        }
        return self
    }
}

extension Response {
    /// Makes Hummingbird's form of a page, or of the news of one.
    fileprivate init(_ response: AdminResponse) {
        let body: ResponseBody =
            switch response.body {
            case .bytes(let bytes): .init(byteBuffer: ByteBuffer(bytes: bytes))
            case .events(let events): .init(asyncSequence: events.map { ByteBuffer(bytes: $0) })
            }
        self.init(status: response.head.status, headers: response.head.headerFields, body: body)
    }
}
