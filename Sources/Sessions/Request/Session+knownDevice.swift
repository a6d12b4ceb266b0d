import Synchronization

extension Session {
    /// Returns whether the signed-in user was seen in this browser before, and remembers them for the next time.
    ///
    /// Call it after a sign-in. A browser that is new to the user is the event ``SessionEvent/Kind/newDevice``. The response
    /// brings the browser its cookie, also where the request fails.
    /// - Throws: ``SessionError/Code/noSession`` for a visitor, ``SessionError/Code/configuration`` for a session whose token
    ///   travels in no cookie, ``SessionError/Code/sealed`` once the response head is out, or why the digests can't be read
    @discardableResult
    public func recognizeDevice(in devices: KnownDevices) async throws(SessionError) -> Bool {
        try handle.checkNewTokenAllowed()
        guard let record = handle.state.withLock({ $0.record }), let owner = record.owner else {
            throw SessionError(.noSession, "no user is signed in, so no device is theirs")
        }
        guard record.carrier == .cookie else {
            throw SessionError(
                .configuration, "a device is known by a cookie, and this session's token travels in none")
        }
        let manager = handle.manager
        let token: SessionToken
        if let presented = try devices.token(in: handle.request) {
            token = presented
        } else {
            token = SessionToken(
                id: SessionID(try manager.random.block()), secret: try SessionSecret(from: manager.random))
        }
        let now = manager.clock.now
        let isKnown = try await devices.isKnown(token, to: owner, at: now)
        let cookie = try devices.cookie(for: token, at: now)
        handle.state.withLock { $0.keep(deviceCookie: cookie) }
        if !isKnown { manager.report(.newDevice, record, handle: handle) }
        return isKnown
    }
}
