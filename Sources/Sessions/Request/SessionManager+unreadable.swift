import Logging

// A record that can't be read has no holder that could prove it, and counts as ended.
extension SessionManager {
    /// Loads a record like the store, but sets one aside that can't be read, and returns `nil` for it.
    func load(
        _ id: SessionID, at now: Timestamp, handle: SessionHandle? = nil
    ) async throws(SessionError) -> SessionRecord? {
        do {
            return try await calls.load(id, at: now, for: handle?.logger)
        } catch {
            guard error.code == .corrupt, !error.concernsStore else { throw error }
            await setAside(id, because: error, handle: handle)
            return nil
        }
    }

    /// Reports a record that can't be read, and has the store set it aside.
    func setAside(_ id: SessionID, because error: SessionError, handle: SessionHandle? = nil) async {
        // Where this fails, the record stays where it is, and the next request tries again.
        let isSetAside = (try? await calls.quarantine(id, at: clock.now)) ?? false
        handle?.logger?.error(
            "A session's record can't be read; it counts as ended",
            metadata: ["session": "\(id)", "error": "\(error)", "isSetAside": "\(isSetAside)"])
        report(.recordUnreadable, id: id, error: error, handle: handle)
    }

    /// Reports what a page could not show, and has the store set it aside.
    func setAside(_ page: SessionPage) async {
        for id in page.unreadable {
            let error = SessionError(.corrupt, "session \(id) can't be read, so it was left out of a list")
            await setAside(id, because: error)
        }
    }

    /// Reports what a sweep could not read, and has the store set it aside.
    func setAside(_ result: SweepResult) async {
        for id in result.unreadable {
            let error = SessionError(
                .corrupt, "session \(id) can't be read, so the sweep could not report it as expired")
            await setAside(id, because: error)
        }
    }
}
