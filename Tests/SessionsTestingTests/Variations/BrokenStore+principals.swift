import Sessions

extension BrokenStore {
    static let principals: [BrokenStore] = [
        BrokenStore(
            "the index is believed without the record", caughtBy: ["enroll.is-a-hint", "enroll.follows-the-record"],
            Variation(list: { state, query, now in state.page(of: query) { $0.end(at: now) == nil } })),
        BrokenStore(
            "an enrolment counts only where the record agrees already",
            caughtBy: ["list.is-complete", "enroll.comes-before-create", "principals.any-name"],
            Variation(enroll: { state, id, owner, now in
                if state.records[id]?.owner == owner { state.index[owner, default: [:]][id] = now }
            })),
        BrokenStore(
            "lists hold what is over",
            caughtBy: ["list.is-complete", "list.all-visits-everything", "list.leaves-out-what-expired"],
            Variation(list: { state, query, _ in
                state.page(of: query) { query.scope.covers($0) }
            })),
        BrokenStore(
            "an owner's ended sessions are never listed", caughtBy: ["list.includes-ended"],
            Variation(list: { state, query, now in
                state.page(of: query) { query.scope.covers($0) && $0.end(at: now) == nil }
            })),
        BrokenStore(
            "the index forgets a session that ends", caughtBy: ["list.includes-ended"],
            Variation(sweep: { state, now, limit in
                for (owner, sessions) in state.index {
                    state.index[owner] = sessions.filter { state.records[$0.key]?.end == nil }
                }
                return Variation().sweep(&state, now, limit)
            })),
        BrokenStore(
            "a realm's lists hold what is over where an owner's may", caughtBy: ["list.includes-ended"],
            Variation(list: { state, query, now in
                state.page(of: query) { query.scope.covers($0) && (query.includesEnded || $0.end(at: now) == nil) }
            })),
        BrokenStore(
            "only the first page", caughtBy: ["list.is-complete", "list.all-visits-everything"],
            Variation(list: { state, query, now in
                var page = Variation().list(state, query, now)
                page.next = nil
                return page
            })),
        BrokenStore(
            "pages are counted by offset", caughtBy: ["list.holds-while-others-come-and-go"],
            Variation(list: { state, query, now in
                let start = query.cursor.flatMap { Int($0) } ?? 0
                let all = Variation().list(state, SessionQuery(query.scope, limit: 1000), now).records
                let records = Array(all.dropFirst(start).prefix(query.limit))
                let end = start + records.count
                return SessionPage(records: records, next: end < all.count ? String(end) : nil)
            })),
        BrokenStore(
            "a page ignores its limit", caughtBy: ["list.is-complete"],
            Variation(list: { state, query, now in
                Variation().list(state, SessionQuery(query.scope, limit: 1000), now)
            })),
        BrokenStore(
            "realms are not told apart in lists", caughtBy: ["realms.are-apart"],
            Variation(list: { state, query, now in
                guard case .realm = query.scope else { return Variation().list(state, query, now) }
                return Variation().list(state, SessionQuery(.all, limit: query.limit, after: query.cursor), now)
            })),
        BrokenStore(
            "a watermark moves back", caughtBy: ["watermark.never-moves-back"],
            Variation(watermark: { $1 })),
        BrokenStore(
            "of two watermarks the lower one stays", caughtBy: ["watermark.concurrent-raises"],
            Variation(watermark: { min($0 ?? $1, $1) })),
    ]
}
