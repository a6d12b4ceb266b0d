import HTTPTypes
import Synchronization

extension Session {
    /// Leaves a message for the next page that asks with ``takeFlash()``.
    ///
    /// The newest 16 are kept, and of those what fits into the session: a message makes no session too large. After
    /// ``end(reason:leaving:)`` it starts a visitor's session. To leave one together with a change, see `update`.
    /// - Throws: ``SessionError/Code/tooLarge`` for a message that is over the limit of an attribute by itself
    public func flash(_ text: String, kind: FlashMessage.Kind = .notice) async throws(SessionError) {
        try await flash(FlashMessage(text, kind: kind))
    }

    func flash(_ message: FlashMessage) async throws(SessionError) {
        let name = SessionKey<[FlashMessage]>.flash.name
        let limits = handle.manager.store.limits
        let alone = SessionChanges.Edit.set(json: try AttributeCoding.encode([message], for: .flash))
        try AttributeCoding.check(name, alone, limits: limits)
        // A session that this request has ended takes nothing more, so the message goes to a visitor's.
        handle.state.withLock { $0.startAnew() }
        do {
            try await changeOwn(name) { current throws(SessionError) in
                try message.added(to: current.attributes, limits: limits) ?? current.buffered
            }
        } catch  where error.code == .tooLarge {
            // Another request has filled the session in the meantime.
        }
    }

    /// Returns the messages that were left and removes them: each is read once.
    ///
    /// A request that no user looks at removes none: HEAD, or what a browser fetches ahead (`Sec-Purpose`, `Purpose`).
    public func takeFlash() async throws(SessionError) -> [FlashMessage] {
        if handle.request.isUnseen { return try value(.flash) ?? [] }
        return try await take(.flash) ?? []
    }
}

extension FlashMessage {
    /// How many messages wait at most.
    static let maximumCount = 16

    /// What leaves this message in a session with these attributes, the oldest given up first.
    ///
    /// - Returns: `nil` where the session has no place for it
    func added(
        to attributes: SessionAttributes, limits: SessionLimits
    ) throws(SessionError) -> SessionChanges.Edit? {
        let key = SessionKey<[FlashMessage]>.flash
        var earlier: [FlashMessage] = []
        // Messages of another release that can't be read any more are given up as well.
        if let stored = attributes[key.name] { earlier = try AttributeCoding.decode(stored, for: key) ?? [] }
        var messages = (earlier + [self]).suffix(Self.maximumCount)
        while !messages.isEmpty {
            let json = try AttributeCoding.encode(Array(messages), for: key)
            var filled = attributes
            filled.apply(.set(json: json), to: key.name, revision: 0)
            if limits.excess(of: filled) == nil { return .set(json: json) }
            messages.removeFirst()
        }
        return nil
    }
}

extension HTTPRequest {
    /// Whether no user may ever see the response: its head alone was asked for, or a browser fetches it ahead.
    var isUnseen: Bool {
        if method == .head { return true }
        return [HTTPField.Name.secPurpose, .purpose, .xPurpose, .xMoz].contains { name in
            (headerFields[name] ?? "").split { ",;".contains($0) }.contains {
                ["prefetch", "prerender", "preview"].contains($0.trimmingSpaces().lowercased())
            }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let secPurpose = HTTPField.Name("Sec-Purpose")!
    fileprivate static let purpose = HTTPField.Name("Purpose")!
    fileprivate static let xPurpose = HTTPField.Name("X-Purpose")!
    fileprivate static let xMoz = HTTPField.Name("X-Moz")!
}
