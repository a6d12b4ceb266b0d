import Synchronization

/// One atomic change of an attribute, and the message that goes with it.
struct AttributeUpdate {
    /// From the current value, the edit to make; `nil` for none.
    typealias Decide = (CurrentValue) throws -> SessionChanges.Edit?

    let handle: SessionHandle
    let name: String
    /// What the request has buffered for the attribute: it is built on and written with the change.
    let buffered: SessionChanges.Edit?
    /// What the same write leaves for the next page.
    let message: FlashMessage?

    /// What one try has decided.
    private struct Decision {
        let edit: SessionChanges.Edit
        /// What becomes of the messages for the next page, if anything does.
        let left: SessionChanges.Edit?
    }

    private static var flash: String { SessionKey<[FlashMessage]>.flash.name }

    private var manager: SessionManager { handle.manager }
    private var limits: SessionLimits { manager.store.limits }

    /// - Parameter message: `nil` once it has turned out that the session has no room for it
    private func decision(
        on stored: SessionAttributes, leaving message: FlashMessage?, _ decide: Decide
    ) throws -> Decision? {
        let current = CurrentValue(name, in: stored, buffered: buffered, handle: handle)
        let decided = try decide(current)
        guard let edit = decided ?? (buffered == nil ? nil : .remove) else { return nil }
        try AttributeCoding.check(name, edit, limits: limits)
        guard let message else { return Decision(edit: edit, left: nil) }
        var attributes = current.attributes
        attributes.apply(edit, to: name, revision: 0)
        return Decision(edit: edit, left: try message.added(to: attributes, limits: limits))
    }

    /// Makes a session of the change, where the request has none.
    func make(_ decide: Decide) async throws {
        guard let decision = try decision(on: .init(), leaving: message, decide) else { return }
        if case .set(let json) = decision.edit {
            var attributes = SessionAttributes([.init(name: name, json: json, revision: 1)])
            if let left = decision.left { attributes.apply(left, to: Self.flash, revision: 1) }
            try await handle.create(attributes)
        }
        dropBuffered(decision)
    }

    /// Writes to a store of this process, where nothing waits and tries cost little.
    func write(_ live: RequestState.Live, to store: any ImmediateSessionStore, _ decide: Decide) throws {
        var live = live
        var message = message
        for _ in 0..<Session.maximumAttempts {
            let attributes = live.record.attributes
            guard let decision = try decision(on: attributes, leaving: message, decide) else { return }
            let now = manager.clock.now
            var changes = handle.changes(to: live.record, at: now)
            changes.attributes = .init(name, decision.edit)
            changes.expectedRevisions = .init(name, attributes.revision(of: name))
            if let left = decision.left {
                changes.attributes[Self.flash] = left
                changes.expectedRevisions[Self.flash] = attributes.revision(of: Self.flash)
            }
            changes.secretMove = manager.policy.forgetting(live.record, at: now)
            let result = try manager.calls.commitNow(
                changes, to: live.record.id, of: store, at: now, for: handle.logger)
            switch result {
            case .committed(let record):
                handle.state.withLock { $0.update(record) }
                return dropBuffered(decision)
            case .conflict(let current):
                live = .init(current, live.secret)
            case .tooLarge where decision.left != nil:
                // Another request has filled the session: the change goes before the message.
                message = nil
            case let refusal:
                return try handle.accept(refusal)
            }
        }
        throw overtaken
    }

    /// Writes together with other updates of the session on this server.
    func write(_ live: RequestState.Live, in lines: UpdateLines, _ decide: Decide) async throws {
        let commit: UpdateLines.Commit = { [handle, manager] draft throws(SessionError) in
            let now = manager.clock.now
            var changes = handle.changes(to: draft.base, at: now)
            draft.add(to: &changes)
            changes.secretMove = manager.policy.forgetting(draft.base, at: now)
            return try await manager.calls.commit(changes, to: draft.base.id, at: now, for: handle.logger)
        }
        let place = UpdateLines.Place(live.record)
        var message = message
        var draft = try await lines.begin(place)
        for _ in 0..<Session.maximumAttempts {
            let decision: Decision
            do {
                guard let decided = try self.decision(on: draft.attributes, leaving: message, decide) else {
                    if draft.isEmpty { return lines.leave(place, commit) }
                    draft = try await lines.flush(place, commit)
                    continue
                }
                decision = decided
            } catch  where draft.isEmpty {
                lines.leave(place, commit)
                throw error
            } catch {
                draft = try await lines.flush(place, commit)
                continue
            }
            var edits = AttributeMap(name, decision.edit)
            if let left = decision.left { edits[Self.flash] = left }
            switch try await lines.write(edits, at: place, limits: limits, commit) {
            case .decide(let next):
                draft = next
            case .answer(.tooLarge) where decision.left != nil:
                // Another request has filled the session: the change goes before the message.
                message = nil
                draft = try await lines.begin(place)
            case .answer(let answer):
                try handle.accept(answer)
                return dropBuffered(decision)
            }
        }
        lines.leave(place, commit)
        throw overtaken
    }

    /// Forgets what was buffered and is written now.
    private func dropBuffered(_ decision: Decision) {
        if let buffered { handle.state.withLock { $0.dropEdits([name: buffered]) } }
        if decision.left != nil, let late = handle.state.withLock({ $0.edit(of: Self.flash) }) {
            handle.state.withLock { $0.dropEdits([Self.flash: late]) }
        }
    }

    private var overtaken: SessionError {
        SessionError(
            .contention,
            "attribute \"\(name)\" was written by others \(Session.maximumAttempts) times during one update")
    }
}
