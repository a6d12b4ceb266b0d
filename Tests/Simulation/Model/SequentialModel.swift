import Sessions

/// What sessions are to the world outside: one deed after the other, no store, no secrets, no renewals.
///
/// It knows G1 to G5 and G9 as a user would tell them. All tokens of one family are alike, which is G6.
struct SequentialModel {
    /// What stays the same during a schedule.
    struct Rules {
        let idle: Duration
        let touch: Duration
        let absolute: Duration
        let allowsTheft: Bool
        let allowsLate: Bool
        /// How far ahead a server's clock may be.
        let skew: Duration
        /// The last token each request's response carried.
        let issued: [Int: TokenParts]
        /// Sessions in the store that no answer has named: an operation without an answer may have made them.
        let unexplained: [SessionID]
    }

    /// The session a schedule begins with.
    struct Beginning {
        let token: TokenParts?
        let isSignedIn: Bool
        let at: Timestamp
    }

    struct Life {
        var family: Block16
        var principal: String?
        var values: [String: Int]
        var lastUsed: Timestamp
        var deadline: Timestamp
        var ended: String?
        /// The generation before: its family, when it was superseded, and what of it nobody has written since.
        var before: (family: Block16, at: Timestamp, values: [String: Int])?

        mutating func write(_ new: [String: Int]) {
            values.merge(new) { $1 }
            for name in new.keys { before?.values[name] = nil }
        }
    }

    /// Where a request stands.
    enum Standing {
        case nobody
        case live(SessionID, Block16, isSignedIn: Bool)
        /// Its privileges have moved on from this family; what a sign-in may take along is looked up then.
        case superseded(SessionID, Block16?)
        case over
    }

    let rules: Rules
    var lives: [SessionID: Life] = [:]
    var standings: [Int: Standing] = [:]

    init(_ rules: Rules, _ beginning: Beginning) {
        self.rules = rules
        guard let token = beginning.token else { return }
        lives[token.id] = newLife(token.family, beginning.isSignedIn ? "ada" : nil, ["a": 100], at: beginning.at)
    }

    private func newLife(_ family: Block16, _ principal: String?, _ values: [String: Int], at now: Timestamp) -> Life {
        Life(
            family: family, principal: principal, values: values, lastUsed: now, deadline: now + rules.absolute)
    }

    func end(of life: Life, at now: Timestamp) -> String? {
        if let ended = life.ended { return ended }
        return now < min(life.lastUsed + rules.idle + rules.touch, life.deadline) ? nil : "expired"
    }
}

extension SequentialModel {
    /// The models after `deed` took effect in one step with the answer it got; none if no rule allows that answer.
    func successors(of deed: Deed) -> [SequentialModel] {
        var successors: [SequentialModel] = []
        if deed.answer == .unknown { successors.append(self) }
        for now in Set(deed.moments).union(rules.skew == .zero ? [] : deed.moments.map { $0 + rules.skew }) {
            if case .refused(let code) = deed.answer {
                if refusal(of: deed, at: now) == code { successors.append(self) }
            } else {
                successors += effects(of: deed, at: now).filter { deed.answer == .unknown || $0.answer == deed.answer }
                    .map(\.model)
            }
        }
        return successors
    }

    private typealias Effect = (model: SequentialModel, answer: Deed.Answer)

    private func effects(of deed: Deed, at now: Timestamp) -> [Effect] {
        switch deed.call {
        case .look(let signedIn, let visitor): look(deed.request, signedIn, visitor, at: now)
        case .set(let values): write(deed, at: now) { _ in (values, .done) }
        case .update:
            write(deed, at: now) { current in
                let next = (current["n"] ?? 0) + 1
                return (["n": next], .value(next))
            }
        case .signIn: signIn(deed, at: now)
        case .stepUp: stepUp(deed, at: now)
        case .renew:
            // "Not now" is always right: an overlap may run.
            deed.answer == .value(0)
                ? [(self, .value(0))] : refusal(of: deed, at: now) == nil ? [(self, .done)] : []
        case .end: end(deed, at: now)
        case .endByOperator(let id): endByOperator(id, at: now)
        case .inspect(let id): inspect(id, deed.request, at: now)
        }
    }

    /// Why a request's deed can't be done, or `nil`.
    private func refusal(of deed: Deed, at now: Timestamp) -> SessionError.Code? {
        let isSignIn = deed.call == .signIn
        switch standings[deed.request] ?? .nobody {
        case .nobody: return deed.call == .stepUp ? .noSession : nil
        case .superseded: return isSignIn ? nil : .superseded
        case .over: return .ended
        case .live(let id, let family, let isSignedIn):
            guard let life = lives[id] else { return .ended }
            if deed.call == .stepUp, !isSignedIn { return .noSession }
            if end(of: life, at: now) != nil { return isSignIn || deed.call == .end ? nil : .ended }
            if life.family == family { return nil }
            // Who signs in again as a visitor gets a session of their own.
            return isSignIn && !isSignedIn ? nil : .superseded
        }
    }
}

// MARK: Reading

extension SequentialModel {
    private func look(_ request: Int, _ signedIn: TokenParts?, _ visitor: TokenParts?, at now: Timestamp) -> [Effect] {
        var effects: [Effect] = []
        find(
            request, [(signedIn, true), (visitor, false)].compactMap { token, slot in token.map { ($0, slot) } }, nil,
            now, &effects)
        return effects
    }

    private func find(
        _ request: Int, _ tokens: [(token: TokenParts, isSignedIn: Bool)], _ ended: String?, _ now: Timestamp,
        _ effects: inout [Effect]
    ) {
        var model = self
        guard let (token, isSignedIn) = tokens.first else {
            model.standings[request] = .nobody
            effects.append((model, .saw(Sight(ended: ended))))
            return
        }
        func goOn(_ model: SequentialModel, _ end: String?, _ effects: inout [Effect]) {
            model.find(request, Array(tokens.dropFirst()), ended ?? end, now, &effects)
        }
        guard var life = lives[token.id] else { return goOn(self, nil, &effects) }
        if let end = end(of: life, at: now) {
            return goOn(self, life.family == token.family ? end : nil, &effects)
        }
        if life.family == token.family, (life.principal != nil) == isSignedIn {
            if rules.allowsTheft {
                var stolen = self
                stolen.lives[token.id]?.ended = "suspected-theft"
                goOn(stolen, "suspected-theft", &effects)
            }
            if rules.allowsLate {
                var late = self
                late.standings[request] = .superseded(token.id, nil)
                effects.append((late, .saw(Sight())))
            }
            if now >= life.lastUsed + rules.touch { life.lastUsed = now }
            model.lives[token.id] = life
            model.standings[request] = .live(token.id, token.family, isSignedIn: isSignedIn)
            // Beside a visitor's session, the holder of a dead signed-in token is still told why it ended.
            let told = isSignedIn ? nil : ended
            effects.append(
                (model, .saw(Sight(id: token.id, principal: life.principal, values: life.values, ended: told))))
        } else if let before = life.before, before.family == token.family, now < before.at + .seconds(60) {
            model.standings[request] = .superseded(token.id, before.family)
            effects.append((model, .saw(Sight())))
        } else {
            goOn(self, nil, &effects)
        }
    }

    private func inspect(_ id: SessionID, _ request: Int, at now: Timestamp) -> [Effect] {
        guard let life = lives[id] else { return [] }
        let end = end(of: life, at: now)
        // What has ended holds nothing; what has expired is as good as gone.
        let sight = Sight(
            id: end == nil ? id : nil, principal: life.principal, values: end == nil ? life.values : [:], ended: end)
        return [(self, .saw(sight))]
    }
}

// MARK: Writing

extension SequentialModel {
    /// The IDs that a session made by `deed` may have: the one its request named, or one that nobody has named.
    private func newIDs(_ deed: Deed) -> [SessionID] {
        let named = [deed.id].compactMap(\.self) + (deed.answer == .unknown ? rules.unexplained : [])
        return named.filter { lives[$0] == nil }
    }

    /// The family that a request's response told, or one that nobody holds a token of.
    private func newFamily(_ deed: Deed, _ id: SessionID) -> Block16 {
        if let token = rules.issued[deed.request], token.id == id, token.family != lives[id]?.family {
            return token.family
        }
        return Block16(.max, UInt64(deed.request))
    }

    private func create(
        _ deed: Deed, principal: String?, _ values: [String: Int], _ answer: Deed.Answer, at now: Timestamp
    ) -> [Effect] {
        newIDs(deed).map { id in
            var model = self
            let family = newFamily(deed, id)
            model.lives[id] = newLife(family, principal, values, at: now)
            model.standings[deed.request] = .live(id, family, isSignedIn: principal != nil)
            return (model, answer)
        }
    }

    private func write(
        _ deed: Deed, at now: Timestamp, _ change: ([String: Int]) -> ([String: Int], Deed.Answer)
    ) -> [Effect] {
        guard refusal(of: deed, at: now) == nil else { return [] }
        guard case .live(let id, _, _) = standings[deed.request], var life = lives[id] else {
            let (values, answer) = change([:])
            return create(deed, principal: nil, values, answer, at: now)
        }
        let (values, answer) = change(life.values)
        life.write(values)
        var model = self
        model.lives[id] = life
        return [(model, answer)]
    }

    private func signIn(_ deed: Deed, at now: Timestamp) -> [Effect] {
        guard refusal(of: deed, at: now) == nil else { return [] }
        switch standings[deed.request] ?? .nobody {
        case .over: return []
        case .nobody: return create(deed, principal: "ada", [:], .done, at: now)
        case .superseded(let id, let family):
            return create(deed, principal: "ada", rest(of: id, by: family, at: now), .done, at: now)
        case .live(let id, let family, _):
            guard let life = lives[id], end(of: life, at: now) == nil else {
                return create(deed, principal: "ada", [:], .done, at: now)
            }
            guard life.family == family else {
                return create(deed, principal: "ada", rest(of: id, by: family, at: now), .done, at: now)
            }
            return changePrivileges(deed, id, at: now)
        }
    }

    /// What a token of the generation before may still speak for: nothing of a session that is over.
    private func rest(of id: SessionID, by family: Block16?, at now: Timestamp) -> [String: Int] {
        guard let life = lives[id], end(of: life, at: now) == nil, let before = life.before, before.family == family
        else { return [:] }
        return before.values
    }

    private func stepUp(_ deed: Deed, at now: Timestamp) -> [Effect] {
        guard refusal(of: deed, at: now) == nil, case .live(let id, _, _) = standings[deed.request] else { return [] }
        return changePrivileges(deed, id, at: now)
    }

    private func changePrivileges(_ deed: Deed, _ id: SessionID, at now: Timestamp) -> [Effect] {
        guard deed.answer == .unknown || deed.id == id, var life = lives[id] else { return [] }
        life.before = (life.family, now, life.values)
        life.family = newFamily(deed, id)
        life.principal = "ada"
        life.lastUsed = max(life.lastUsed, now)
        life.deadline = now + rules.absolute
        var model = self
        model.lives[id] = life
        model.standings[deed.request] = .live(id, life.family, isSignedIn: true)
        return [(model, .done)]
    }

    private func end(_ deed: Deed, at now: Timestamp) -> [Effect] {
        guard refusal(of: deed, at: now) == nil else { return [] }
        guard case .live(let id, _, _) = standings[deed.request] else { return [(self, .done)] }
        var model = self
        model.standings[deed.request] = .over
        if let life = lives[id], end(of: life, at: now) == nil { model.lives[id]?.ended = "signed-out" }
        return [(model, .done)]
    }

    private func endByOperator(_ id: SessionID, at now: Timestamp) -> [Effect] {
        guard let life = lives[id], end(of: life, at: now) == nil else { return [(self, .value(0))] }
        var model = self
        model.lives[id]?.ended = "ended-by-operator"
        return [(model, .value(1))]
    }
}
