@testable import Sessions
import SessionsTesting
import Synchronization

/// What happened in one schedule: the deeds of all requests, and what the store saw that no rule allows.
final class History: Sendable {
    private struct State {
        var step = 0
        var effects: [Int: [Int]] = [:]
        var deeds: [Deed] = []
        var faults: [String] = []
        var moments: [Timestamp] = []
        /// When each secret that came with a request arrived last.
        var presented: [SecretDigest: Timestamp] = [:]
        var theft = false
        /// Every secret that was ever a session's current one, by its digest.
        var stored: Set<SecretDigest> = []
    }

    private let clock: ManualClock
    private let policy: SessionPolicy
    private let state: Mutex<State>

    init(clock: ManualClock, policy: SessionPolicy) {
        self.clock = clock
        self.policy = policy
        state = Mutex(State(moments: [clock.now]))
    }

    var deeds: [Deed] { state.withLock { $0.deeds } }
    var faults: [String] { state.withLock { $0.faults } }
    var storedDigests: Set<SecretDigest> { state.withLock { $0.stored } }
    var sawTheft: Bool { state.withLock { $0.theft } }

    func beginStep() { state.withLock { $0.step += 1 } }
    func noteTick() { state.withLock { $0.moments.append(clock.now) } }
    func noteStored(_ record: SessionRecord) { state.withLock { _ = $0.stored.insert(record.secretDigest) } }
    func noteTheft() { state.withLock { $0.theft = true } }
    func noteEffect(of actor: Int) { state.withLock { $0.effects[actor, default: []].append($0.step) } }
    func fault(_ text: String) { state.withLock { $0.faults.append(text) } }

    func notePresented(_ digest: SecretDigest) {
        let now = clock.now
        state.withLock { $0.presented[digest] = max($0.presented[digest] ?? now, now) }
    }

    /// Rules that only the store can see: 2 and 3, and that use never moves back.
    func noteCommit(from before: SessionRecord, to after: SessionRecord, at now: Timestamp) {
        noteStored(after)
        if after.lastUsedAt < before.lastUsedAt { fault("lastUsedAt moved back") }
        if before.end != nil, after.end == nil || !after.attributes.isEmpty { fault("a tombstone was written to") }
        guard before.generation == after.generation, after.end == nil else { return }
        if after.secretDigest != before.secretDigest, !policy.mayRenew(before, at: now) {
            fault("rule 2: a renewal while a successor is unseen or an overlap runs")
        }
        if before.previous?.successorSeenAt == nil, after.previous?.successorSeenAt != nil {
            let presentedAt = state.withLock { $0.presented[before.secretDigest] }
            if presentedAt.map({ $0 < before.secretIssuedAt + policy.settle }) ?? true {
                fault("rule 3: \"seen\" recorded for a successor that nobody has presented after it settled")
            }
        }
    }

    /// Where an operation begins, for ``note(_:of:_:id:since:)``.
    struct Mark {
        let effects: Int
        let moment: Int
    }

    func mark(_ actor: Int) -> Mark {
        state.withLock { Mark(effects: $0.effects[actor]?.count ?? 0, moment: $0.moments.count - 1) }
    }

    func note(_ call: Deed.Call, of actor: Int, _ answer: Deed.Answer, id: SessionID?, since mark: Mark) {
        state.withLock { state in
            let effects = state.effects[actor] ?? []
            let own = effects.dropFirst(mark.effects)
            // Without a store call it says what the request knows since its last one.
            let began = own.first ?? effects.last ?? state.step
            state.deeds.append(
                Deed(
                    request: actor, call: call, answer: answer, id: id, began: began,
                    // The answer is told in the step of the last effect, which may be another request's that it shared.
                    ended: answer == .unknown ? .max : state.step,
                    moments: Array(state.moments[mark.moment...])))
        }
    }
}
