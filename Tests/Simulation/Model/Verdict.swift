import HTTPTypes
@testable import Sessions

/// Everything that is wrong with one schedule, in words.
struct Verdict {
    private(set) var problems: [String] = []

    init(_ world: World) {
        let scenario = world.scenario
        let after = world.conclude()
        problems = world.history.faults
        checkReplies(after)
        checkSuccessors(after, world)
        if scenario.isModelled { checkOrder(after, world) }
        if !scenario.allowsTheft, after.theftReported { problems.append("theft suspected where there is none (G6)") }
        problems += scenario.properties.compactMap { $0(after) }
    }

    /// G9 and rule 11: the status says what came of the request, and only an end deletes its cookie.
    private mutating func checkReplies(_ after: Aftermath) {
        for (number, reply) in after.replies.sorted(by: { $0.key < $1.key }) where reply.answer.status != 0 {
            let deeds = after.deeds.filter { $0.request == number }
            var expected = 200
            for deed in deeds {
                if case .refused(let code) = deed.answer { expected = code.status.code }
                if deed.answer == .unknown { expected = 503 }
            }
            if reply.answer.status != expected {
                problems.append("request \(number) is answered \(reply.answer.status) instead of \(expected) (G9)")
            }
            let hasEnded = deeds.contains { $0.call == .end && $0.answer == .done }
            let hasSignedIn = deeds.contains { $0.call == .signIn && $0.answer == .done }
            let bringsSignIn = reply.answer.cookies.contains { $0.name == SentCookie.signedIn && !$0.isDeletion }
            for cookie in reply.answer.cookies where cookie.isDeletion {
                let isRight = hasEnded || (cookie.name == SentCookie.visitor && (hasSignedIn || bringsSignIn))
                if !isRight { problems.append("request \(number) deletes \(cookie.name) without an end (rule 11)") }
            }
            if Set(reply.answer.cookies.map(\.name)).count != reply.answer.cookies.count {
                problems.append("request \(number) sends a cookie twice")
            }
        }
    }

    /// G6: whoever holds the secret before computes the one successor; no token was never in the store.
    private mutating func checkSuccessors(_ after: Aftermath, _ world: World) {
        let stored = world.history.storedDigests
        for (number, reply) in after.replies {
            for token in reply.answer.cookies.compactMap(\.token) where !stored.contains(token.digest) {
                problems.append("request \(number) sends a token that the store has never acknowledged (G6, G9)")
            }
        }
    }

    /// G1 to G5 and G9: the outcome that the world has seen is one of deeds done one after the other.
    private mutating func checkOrder(_ after: Aftermath, _ world: World) {
        let configuration = world.scenario.configuration
        let named = Set(after.deeds.filter { $0.request < 200 }.compactMap(\.id))
        let rules = SequentialModel.Rules(
            idle: configuration.timeouts.idle ?? .days(400), touch: configuration.touchInterval ?? .zero,
            absolute: configuration.timeouts.absolute, allowsTheft: world.scenario.allowsTheft,
            allowsLate: world.scenario.allowsLate, skew: world.scenario.skew,
            issued: after.replies.compactMapValues { $0.answer.cookies.compactMap(\.token).last },
            unexplained: after.records.map(\.id).filter { !named.contains($0) && $0 != world.begin.token?.id })
        var order = Linearization(after.deeds)
        if !order.exists(from: SequentialModel(rules, world.begin)) {
            problems.append(
                "no order of the deeds explains what was seen"
                    + (order.unexplained.map { "; not: \($0.description)" } ?? ""))
        }
    }
}
