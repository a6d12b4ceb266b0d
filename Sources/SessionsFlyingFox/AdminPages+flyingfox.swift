#if FlyingFox
    public import FlyingFox
    import Foundation
    import HTTPTypes
    public import Sessions
    public import SessionsAdmin

    extension AdminPages where Context == SessionHandle {
        /// Answers a request that a ``SessionsHandler`` has got, for a route whose path is the one of the pages and `*`.
        ///
        /// ```swift
        /// let pages = SessionsHandler(operators) { try await admin.response(to: $0, of: $1) }
        /// await server.appendRoute("/admin*", to: pages)
        /// ```
        /// The authoriser gets the handle as its context, and events name the client that the handle knows.
        public func response(
            to request: FlyingFox.HTTPRequest, of handle: SessionHandle
        ) async throws -> FlyingFox.HTTPResponse {
            guard let head = HTTPTypes.HTTPRequest(request) else { return HTTPResponse(statusCode: .badRequest) }
            let body = try await request.bodySequence.collected(upTo: Self.maximumBodyBytes)
            return FlyingFox.HTTPResponse(try await response(to: head, body: body, in: handle, of: handle))
        }
    }

    extension AsyncSequence where Element == Data {
        /// Reads a body to its end, and keeps no more of it than tells whether it is too long.
        func collected(upTo maximum: Int) async throws -> [UInt8] {
            var body: [UInt8] = []
            for try await part in self where body.count <= maximum { body += part }
            return body
        }
    }

    extension FlyingFox.HTTPResponse {
        /// Makes FlyingFox's form of a page, or of the news of one, of which each part is sent at once.
        fileprivate init(_ response: AdminResponse) {
            var headers = HTTPHeaders()
            for field in response.head.headerFields { headers.addValue(field.value, for: .init(field.name.rawName)) }
            let status = response.head.status
            let code = HTTPStatusCode(status.code, phrase: status.reasonPhrase)
            switch response.body {
            case .bytes(let bytes): self.init(statusCode: code, headers: headers, body: Data(bytes))
            case .events(let events):
                self.init(statusCode: code, headers: headers, body: HTTPBodySequence(from: EventBytes(events: events)))
            }
        }
    }
#endif
