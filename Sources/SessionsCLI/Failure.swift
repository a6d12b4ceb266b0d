import Sessions

/// Why a command did not do what it was asked, and the exit status that says so to a script.
struct Failure: Error {
    /// The exit statuses; those from 64 on are the ones of BSD's `sysexits.h`.
    enum Status: Int32 {
        case noSession = 1
        case refused = 2
        case usage = 64
        case unreadable = 65
        case unavailable = 69
        case other = 70
        case configuration = 78

        var code: String {
            switch self {
            case .noSession: "noSession"
            case .refused: "refused"
            case .usage: "usage"
            case .unreadable: "corrupt"
            case .unavailable: "unavailable"
            case .other: "other"
            case .configuration: "configuration"
            }
        }
    }

    let status: Status
    let code: String
    let message: String

    init(_ status: Status, _ message: String) {
        self.status = status
        code = status.code
        self.message = message
    }

    init(_ error: SessionError) {
        status =
            switch error.code {
            case .unavailable, .full, .contention: .unavailable
            case .configuration: .configuration
            case .corrupt: .unreadable
            case .invalid: .usage
            default: .other
            }
        code = error.code.description
        message = error.message
    }

    /// What `--json` prints of a failure, on the error output.
    struct Report: Encodable {
        struct Content: Encodable {
            let code: String
            let message: String
        }
        let error: Content

        init(_ failure: Failure) {
            error = Content(code: failure.code, message: failure.message)
        }
    }
}
