#if FlyingFox
    import FlyingFox
    import HTTPTypes

    extension HTTPTypes.HTTPRequest {
        /// The head of a request as FlyingFox has read it; `nil` for a method that is no token (RFC 9110, 9.1).
        init?(_ request: FlyingFox.HTTPRequest) {
            guard let method = Method(request.method.rawValue) else { return nil }
            var fields = HTTPFields(request.headers)
            let authority = fields[.host]
            fields[.host] = nil
            self.init(
                method: method, scheme: "http", authority: authority, path: request.target.rawValue,
                headerFields: fields)
        }
    }

    extension HTTPFields {
        /// Every value of every field whose name is a token.
        init(_ headers: HTTPHeaders) {
            self.init()
            for (header, value) in headers {
                if let name = HTTPField.Name(header.rawValue) { append(HTTPField(name: name, value: value)) }
            }
        }
    }

    extension HTTPField.Name {
        fileprivate static let host = HTTPField.Name("Host")!
    }
#endif
