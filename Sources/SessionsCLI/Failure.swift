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

    /// - Parameter place: where it went wrong, in front of the error's message
    init(_ error: SessionError, at place: String = "") {
        status =
            switch error.code {
            case .unavailable, .full, .contention: .unavailable
            case .configuration: .configuration
            case .corrupt: .unreadable
            case .invalid: .usage
            default: .other
            }
        code = error.code.description
        message = place + error.message
    }

    /// Counts sessions that can't be read, names the first, and says what to do; `nil` where there are none.
    ///
    /// - Parameters:
    ///   - fate: what the command did with them
    ///   - isSetAside: whether the command had the store set them aside
    init?(unreadable ids: [some CustomStringConvertible], _ fate: String, isSetAside: Bool = false) {
        guard let first = ids.first else { return nil }
        let isOne = ids.count == 1
        let them = isOne ? "it" : "them"
        let advice =
            isSetAside
            ? "the store has set \(them) aside where it can"
            : "`sessions sweep` sets \(them) aside when \(isOne ? "it is" : "they are") due, where the store can"
        let number = Wording.count(ids.count, "session")
        let beginning = "\(number) that can't be read " + (isOne ? "was \(fate):" : "were \(fate), such as")
        self.init(.unreadable, "\(beginning) \(first). \(isOne ? "It counts" : "They count") as ended, and \(advice)")
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
