import HTTPTypes
import Logging
import Synchronization

// A proxy that isn't trusted makes every write fail, and only the operator can mend it.
extension SessionManager {
    /// Reports that a token could not travel over a request's connection: an event each time, a line in the log a minute.
    func reportInsecureTransport(_ error: SessionError, id: SessionID? = nil, handle: SessionHandle) {
        report(.insecureTransport, id: id, error: error, handle: handle)
        let now = clock.now
        let isDue = lastTransportWarning.withLock { last in
            if let last, last <= now, now < last + .seconds(60) { return false }
            last = now
            return true
        }
        guard isDue else { return }
        (handle.logger ?? logger).warning(
            "A session's token could not travel; until this is mended, requests that come this way get no session",
            metadata: [
                "peer": "\(handle.connection.peer)",
                "fields": "\(ForwardedScheme(handle.request.headerFields).account)",
                "reason": "\(error.message)",
            ])
    }
}
