import Sessions
import SessionsRedisClient

extension SessionError {
    /// No answer came.
    init(redis failure: RedisFailure, while doing: StaticString, file: String = #fileID, line: Int = #line) {
        self.init(
            .unavailable, "\(failure), while \(doing)", cause: failure,
            file: file, line: line)
    }

    /// The server answered with an error, so nothing was applied.
    init(redis error: RedisServerError, while doing: StaticString, file: String = #fileID, line: Int = #line) {
        let advice =
            switch error.code {
            case "LOADING": "it is still loading its data; wait for it"
            case "READONLY": "it is a replica; name the primary"
            case "MASTERDOWN": "it is a replica that lost its primary; name the primary"
            case "CLUSTERDOWN": "some slots have no node; see CLUSTER INFO"
            case "TRYAGAIN": "the slot is on its way to another node; try again"
            case "OOM": "its memory is full, and it rightly evicts nothing; raise maxmemory or end sessions"
            case "MISCONF": "it can't write to its disk; see its log"
            case "NOAUTH": "it asks for a password; put user and password into the URL"
            case "WRONGPASS": "it knows no such user and password; check the URL"
            case "NOPERM": "the user may not do this; see the store's page for the commands that it takes"
            case "BUSY": "another client's script keeps it busy; see SCRIPT KILL"
            case _
            where error.message.lowercased().contains("unknown command")
                || error.message.lowercased().contains("unknown redis command"):
                "a command that the store needs is renamed or switched off there; see the store's page for those that it takes"
            case _
            where error.message.contains("ACL failure in script")
                || error.message.contains("can't run this command"):
                "the user may not do all that a script does; see the store's page for the commands that it takes"
            default: nil as String?
            }
        let said = error.server == nil ? "Redis: \(error)" : "\(error)"
        let isFull = error.code == "OOM" && "\(doing)" == "creating"
        self.init(
            isFull ? .full : .unavailable,
            "\(said), while \(doing)" + (advice.map { "; \($0)" } ?? ""), cause: error, file: file, line: line)
    }
}
