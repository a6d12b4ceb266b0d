public import HTTPTypes

/// What the application's handler made of a request.
public enum HandlerResult: Sendable {
    /// A response with this status.
    case response(HTTPResponse.Status)
    /// A thrown error, with the status that the server framework would answer it with; `nil` where it knows none.
    case failure(any Error, status: HTTPResponse.Status?)

    /// The status of the response as it stands; 500 for an error that says nothing of it.
    var status: HTTPResponse.Status {
        switch self {
        case .response(let status): status
        case .failure(let error, let status):
            (error as? SessionError)?.code.status ?? status ?? .internalServerError
        }
    }
}
