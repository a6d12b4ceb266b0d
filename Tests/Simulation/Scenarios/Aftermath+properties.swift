import Sessions

/// Properties that many scenarios share.
extension Aftermath {
    /// G10, G6: nobody is signed out by a race, a lost response or a store that failed.
    ///
    /// What may cost the session is an end, its expiry, or a privilege change whose answer did not arrive.
    static let keepsItsSession: Scenario.Property = { after in
        guard after.initialFamily != nil, after.next.id == nil else { return nil }
        let mayBeOver = [Action.signOut, .endByOperator, .expire].contains { after.happened($0) || after.isOver }
        return mayBeOver || after.lostAChange(ofVisitors: true) || after.wasOvertaken
            ? nil : "the client ends up without its session (G6, G10)"
    }

    /// Whether a privilege change's answer did not arrive: that may cost a new sign-in (G10).
    ///
    /// - Parameter ofVisitors: whether a visitor's sign-in counts; a visitor's lost sign-in takes nothing from a later one
    func lostAChange(ofVisitors: Bool) -> Bool {
        deeds.contains { deed in
            guard [.signIn, .stepUp].contains(deed.call) else { return false }
            guard ofVisitors || deeds.contains(where: { $0.request == deed.request && $0.isLookOfSignedIn }) else {
                return false
            }
            return deed.answer == .unknown || replies[deed.request]?.isDelivered == false
        }
    }

    /// Whether any session ended or expired.
    var isOver: Bool {
        deeds.contains { deed in
            guard case .inspect = deed.call, case .saw(let sight) = deed.answer else { return false }
            return sight.ended != nil
        }
    }

    /// Whether a response from before a privilege change of who was signed in came after it and brought the old token back.
    ///
    /// No server can see that; it costs a new sign-in, as the change's lost response does.
    var wasOvertaken: Bool {
        replies.contains { change, changed in
            guard let token = changed.signedInToken, let changedAt = schedule.firstIndex(of: "\(change):deliver") else {
                return false
            }
            return replies.contains { number, late in
                guard let old = late.signedInToken, old.id == token.id, old.family != token.family,
                    let sentAt = schedule.firstIndex(of: "\(number):send"),
                    let deliveredAt = schedule.firstIndex(of: "\(number):deliver")
                else { return false }
                return sentAt < changedAt && changedAt < deliveredAt
            }
        }
    }

    /// Rule 10: who was told that they are signed in, is, unless the session ended or they have signed out.
    static let staysSignedIn: Scenario.Property = { after in
        let hasSignedOut = after.deeds.contains { $0.call == .end && $0.answer == .done }
        if hasSignedOut { return nil }
        guard after.wasToldSignedIn, after.next.principal != "ada", !after.isOver,
            !after.lostAChange(ofVisitors: false),
            !after.wasOvertaken
        else { return nil }
        return "the client was told that it is signed in, and holds a token that is not"
    }

    /// Rule 9: the cart is there after a sign-in.
    static let keepsTheCart: Scenario.Property = { after in
        guard after.next.principal == "ada", after.next.values["a"] == nil else { return nil }
        return "the cart is lost although the sign-in succeeded"
    }

    /// Rule 9: a sign-in whose response arrives in good order is a sign-in.
    static let signsIn: Scenario.Property = { after in
        let isRefused = after.replies.contains { number, reply in
            reply.request.action == .signIn && reply.isDelivered && reply.answer.status != 200
        }
        return isRefused ? "a sign-in is answered with an error, and the user is not signed in" : nil
    }

    /// G6: whatever the order, all who hold the secret before answer with one successor.
    static let convergesOnOneSuccessor: Scenario.Property = { after in
        let sent = Set(after.replies.values.compactMap(\.signedInToken))
        return sent.count > 1 ? "\(sent.count) successors were sent within one overlap" : nil
    }

    /// G6: an owner whose session lives on without them is never just told "no session".
    static let reportsTheft: Scenario.Property = { after in
        guard let sight = after.look(5), sight.id == nil, sight.ended == nil else { return nil }
        let isLate = after.schedule.firstIndex(of: "5:send").map { sent in
            after.schedule[sent...].prefix { $0 != "5:load" }.contains("tick")
        }
        return isLate == true ? nil : "an old token of a live session returns, and theft is not reported"
    }

    /// G6 holds for requests and responses shorter than an overlap, which here is one tick: nobody else is suspected.
    static let suspectsOnlyTheSlow: Scenario.Property = { after in
        guard after.theftReported else { return nil }
        let isSlow = after.replies.keys.contains { number in
            guard let sent = after.schedule.firstIndex(of: "\(number):send"),
                let delivered = after.schedule.firstIndex(of: "\(number):deliver")
            else { return false }
            return after.schedule[sent..<delivered].contains("tick")
        }
        return isSlow ? nil : "theft suspected although every request and response was shorter than the overlap"
    }

    /// Rule 6: a head that leaves an overlap, which here is one tick, after its request arrived carries no successor.
    static let successorsLeaveInTime: Scenario.Property = { after in
        let isLate = after.replies.contains { number, reply in
            guard reply.request.action == .read, reply.signedInToken != nil,
                let sent = after.schedule.firstIndex(of: "\(number):send"),
                let left = after.schedule.lastIndex(where: {
                    $0.hasPrefix("\(number):") && !$0.hasSuffix("deliver") && !$0.hasSuffix("lose")
                })
            else { return false }
            return after.schedule[sent..<left].contains("tick")
        }
        return isLate ? "a response that left an overlap after its request arrived carries a successor" : nil
    }

    /// G4: an update is applied once or, where no answer came, at most once.
    static let countsUpdatesOnce: Scenario.Property = { after in
        let told = after.deeds.count { $0.call == .update && $0.answer != .unknown }
        let asked = after.deeds.count { $0.call == .update }
        let counted = after.next.values["n"] ?? 0
        return (told...asked).contains(counted) ? nil : "\(asked) updates, \(told) of them told, made \(counted)"
    }

    /// The index names every live session of its principal.
    static let listsEveryLiveSession: Scenario.Property = { after in
        let missing = after.records.filter { $0.end == nil && $0.principal != nil && !after.listed.contains($0.id) }
        return missing.isEmpty ? nil : "a signed-in session is missing from the index"
    }

    /// Of the sign-ins whose credentials were checked before an "end all" began, none is left when it has returned.
    static let endAllEndsAll: Scenario.Property = { after in
        guard let began = after.schedule.firstIndex(of: "3:send") else { return nil }
        let survives = after.deeds.contains { deed in
            guard deed.call == .signIn, deed.answer == .done, let id = deed.id, !after.isEnded(id) else { return false }
            return after.schedule.firstIndex(of: "\(deed.request):send").map { $0 < began } ?? false
        }
        return survives ? "a sign-in whose credentials were checked before \"end all\" survives it" : nil
    }

    /// Where the limit of one refuses, no two clients hold a token of a signed-in session, and one that does lives.
    static let keepsTheLimit: Scenario.Property = { after in
        let told = after.replies.values.filter { reply in
            guard let token = reply.signedInToken else { return false }
            return after.records.contains { $0.id == token.id && $0.end == nil }
        }
        if Set(told.compactMap { $0.signedInToken?.id }).count > 1 { return "two sign-ins stand, and the limit is one" }
        let stands = after.deeds.filter { $0.call == .signIn && $0.answer == .done }
        return stands.allSatisfy { deed in deed.id.map { !after.isEnded($0) } ?? true }
            ? nil : "a sign-in that was told to stand is over"
    }

    /// Of two sign-ins at once and a limit of one, the newer one stays.
    static let leavesTheNewest: Scenario.Property = { after in
        let live = after.records.filter { $0.end == nil }
        if live.isEmpty { return "both sign-ins end each other" }
        if live.count > 1 { return "the limit is exceeded at rest" }
        let newest = after.records.max {
            ($0.authenticatedAt ?? $0.createdAt, $0.id) < ($1.authenticatedAt ?? $1.createdAt, $1.id)
        }
        return live[0].id == newest?.id ? nil : "the newer sign-in ended"
    }
}
