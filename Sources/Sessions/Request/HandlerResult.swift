public import HTTPTypes

/// The outcome of the application's handler, as an adapter tells ``SessionHandle/finish(_:location:)``.
public enum HandlerResult: Sendable {
    /// The handler returned a response with this status.
    case response(HTTPResponse.Status)
    /// The handler threw an error, which the server framework would answer with this status; `nil` where it knows none.
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
