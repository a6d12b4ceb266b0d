#if Observability
    import HTTPTypes
    import SessionsTesting
    import Testing

    @testable import Sessions

    /// A server of one page, and the requests of a browser that keeps one cookie.
    struct Site {
        let manager: SessionManager
        let clock = ManualClock()

        init(_ store: any SessionStore = MemorySessionStore(), observers: [any SessionObserver]) throws {
            manager = try SessionManager(store: store, clock: clock, observers: observers)
        }

        /// Sends a request from 203.0.113.7 over TLS.
        ///
        /// - Returns: the cookie that the browser has afterwards, as `name=value`
        @discardableResult
        func visit(
            _ cookie: String? = nil, _ work: (Session) async throws -> Void = { _ in }
        ) async throws -> String? {
            let handle = try begin(cookie)
            try await work(try await handle.session())
            var fields = HTTPFields()
            await handle.finish(status: .ok).apply(to: &fields)
            let set = fields[values: .setCookie].last { !$0.contains("Max-Age=0") }
            return set.map { String($0.prefix { $0 != ";" }) } ?? cookie
        }

        /// Sends a request that only looks at its session.
        func peek(_ cookie: String?) async throws {
            let handle = try begin(cookie)
            _ = try await handle.peek()
            _ = await handle.finish(status: .ok)
        }

        private func begin(_ cookie: String?) throws -> SessionHandle {
            var head = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
            if let cookie { head.headerFields[.cookie] = cookie }
            let peer = ClientConnection.Peer.address(try #require(NetworkAddress("203.0.113.7")))
            return manager.begin(head, over: ClientConnection(peer: peer, isTLS: true))
        }
    }
#endif
