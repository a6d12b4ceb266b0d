import Sessions

extension SessionStoreContract {
    /// Stores may keep coarse bounds of when something is due: half an hour is what a sweep may come late.
    private static let slack = Duration.minutes(30)

    static let sweep: [Clause] = [
        Clause(
            "sweep.leaves-tombstones", "A sweep turns what expired into tombstones that say so.", sweeps: true
        ) { bench in
            let principal = try Bench.principal()
            let record = try await bench.created(["a": "1"]) { record in
                record.principal = principal
                record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce())
                record.superseded = .init(familyDigest: Bench.digest(), at: bench.now, revision: 1)
            }
            let swept = record.deadline + slack
            try await bench.sweepAll(at: swept)
            let tombstone = record.after(["a": nil]) { after in
                after.previous = nil
                after.superseded = nil
                after.end = SessionEnd(reason: .expired, at: record.deadline)
            }
            try await bench.expectStored(tombstone, at: swept, "a tombstone after the sweep")
            try await bench.sweepAll(at: swept)
            try await bench.expectStored(tombstone, at: swept, "the tombstone, unchanged by a second sweep")
            try await bench.expectEnded(
                bench.changes(record), to: record.id, by: SessionEnd(reason: .expired, at: record.deadline),
                at: record.deadline, "a write after the sweep")
        },
        Clause(
            "sweep.reports-what-expired",
            "A sweep reports each session that expired once, as its tombstone, and nothing else.", sweeps: true
        ) { bench in
            try await bench.sweepAll(at: bench.now)
            let realm = try Realm("contract-sweep")
            let principal = try Bench.principal()
            let expired = try await bench.created(["a": "1"], realm: realm) { $0.principal = principal }
            let ended = try await bench.created { $0.lifetime = bench.lifetime(retention: .hours(2)) }
            try await bench.commit(bench.operatorsEnd(), to: ended.id)
            let live = try await bench.created { $0.lifetime = bench.lifetime(idle: nil) }
            var reported: [SessionRecord] = []
            for _ in 0..<1000 {
                let result = try await bench.store.sweep(at: expired.deadline + slack, limit: 2)
                reported += result.expired
                if result.examined < 2 { break }
            }
            let ids = [expired.id, ended.id, live.id]
            try bench.expectEqual(
                reported.map(\.id).filter(ids.contains), [expired.id],
                "what was reported of an expired, an ended and a live session")
            guard let seen = reported.first(where: { $0.id == expired.id }) else { return }
            try bench.expectEqual(
                seen.owner, SessionOwner(realm: realm, principal: principal), "the owner in the report")
            try bench.expectEqual(seen.end, SessionEnd(reason: .expired, at: expired.deadline), "the end in the report")
        },
        Clause(
            "sweep.keeps-tombstones",
            "A tombstone is kept until it may be forgotten, and no write revives it.", sweeps: true
        ) { bench in
            let expired = try await bench.created { record in
                record.lifetime = bench.lifetime(idle: .minutes(1), retention: .hours(3))
            }
            let ended = try await bench.created { $0.lifetime = bench.lifetime(retention: .hours(2)) }
            let tombstone = try await bench.commit(bench.operatorsEnd(), to: ended.id)
            for moment in [bench.now, expired.deadline + slack, tombstone.forgettableAt + .milliseconds(-1)] {
                try await bench.sweepAll(at: moment)
                try await bench.expectStored(tombstone, at: moment, "the tombstone of an ended session to be kept")
            }
            let last = expired.forgettableAt + .milliseconds(-1)
            try await bench.sweepAll(at: last)
            try bench.expectEqual(
                await bench.loaded(expired.id, at: last).end, SessionEnd(reason: .expired, at: expired.deadline),
                "the end of an expired session")
        },
        Clause(
            "sweep.forgets", "Tombstones that may be forgotten are gone after a sweep, and stay gone.", sweeps: true
        ) { bench in
            let expired = try await bench.created(["a": "1"])
            let ended = try await bench.created(["a": "1"])
            try await bench.commit(bench.operatorsEnd(), to: ended.id)
            let last = expired.forgettableAt + slack
            for moment in [expired.deadline + slack, last] { try await bench.sweepAll(at: moment) }
            for id in [expired.id, ended.id] {
                let record = try await bench.store.load(id, at: last)
                try bench.expect(record == nil, "nil after the tombstone was forgotten", saw: "a record")
                let result = try await bench.store.commit(bench.operatorsEnd(), to: id, at: last)
                guard case .missing = result else {
                    throw bench.violation("a write to what was forgotten to be missing", saw: Bench.summary(result))
                }
            }
        },
        Clause(
            "sweep.spares-live-sessions", "A sweep leaves a live session as it is, to the millisecond.", sweeps: true
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            let idle = try await bench.created(["kept": "1"]) { $0.lifetime = bench.lifetime(idle: nil) }
            for moment in [bench.now, record.deadline + .milliseconds(-1)] {
                try await bench.sweepAll(at: moment)
                try await bench.expectStored(record, at: moment, "a live session to be left alone")
                try await bench.expectStored(idle, at: moment, "a live session to be left alone")
            }
        },
        Clause(
            "sweep.spares-touched-sessions", "A sweep leaves alone what was touched or prolonged since.", sweeps: true
        ) { bench in
            let touched = try await bench.created(["kept": "1"])
            let prolonged = try await bench.created(["kept": "1"])
            let (first, second) = (touched.deadline, touched.deadline + .minutes(30))
            var current: [SessionRecord] = []
            for moment in [first, second] {
                let touch = bench.changes(touched) { $0.lastUsedAt = moment + .milliseconds(-1) }
                let lifetime = bench.changes(prolonged) { changes in
                    changes.lifetime = bench.lifetime(idle: .days(1), absolute: .days(2))
                }
                current = [
                    try await bench.commit(touch, to: touched.id, at: moment + .milliseconds(-1), "a touch"),
                    try await bench.commit(lifetime, to: prolonged.id, at: moment + .milliseconds(-1), "prolonging"),
                ]
                try await bench.sweepAll(at: moment + .minutes(29))
                for record in current {
                    let later = moment + .minutes(29)
                    try await bench.expectStored(record, at: later, "a session used since to be left alone")
                }
            }
            let last = current.map(\.deadline).max() ?? bench.now
            try await bench.sweepAll(at: last + slack)
            for record in current where last + slack < record.forgettableAt {
                let end = try await bench.loaded(record.id, at: last + slack).end
                try bench.expectEqual(end?.reason, .expired, "the end once the later deadline has passed")
            }
        },
        Clause(
            "sweep.finds-what-was-shortened", "A sweep finds a session whose lifetime was shortened.", sweeps: true
        ) { bench in
            let record = try await bench.created(["a": "1"]) { record in
                record.lifetime = bench.lifetime(idle: nil, absolute: .days(20))
            }
            let shorter = bench.changes(record) { $0.lifetime = bench.lifetime(idle: nil, absolute: .minutes(5)) }
            let current = try await bench.commit(shorter, to: record.id, "shortening the lifetime")
            let moment = current.deadline + slack
            try await bench.sweepAll(at: moment)
            let swept = try await bench.loaded(record.id, at: moment)
            try bench.expectEqual(swept.end, SessionEnd(reason: .expired, at: current.deadline), "the end on record")
            try bench.expect(swept.attributes.isEmpty, "no attributes", saw: "\(swept.attributes.names)")
        },
        Clause(
            "sweep.is-bounded",
            "A sweep deals with at most its limit of records, and repeated sweeps finish.", sweeps: true
        ) { bench in
            try await bench.sweepAll(at: bench.now)
            var records: [SessionRecord] = []
            for _ in 0..<7 { records.append(try await bench.created(["a": "1"])) }
            for (moment, isDone) in bench.stages(of: records[0], slack) {
                var left = records.count
                for call in 1...100 {
                    let count = try await bench.store.sweep(at: moment, limit: 3).examined
                    var done = 0
                    for record in records where isDone(try await bench.store.load(record.id, at: moment)) { done += 1 }
                    let dealtWith = done - (records.count - left)
                    try bench.expect(count <= 3, "at most 3 records a sweep", saw: "\(count)")
                    try bench.expect(dealtWith <= 3, "at most 3 records to change in a sweep", saw: "\(dealtWith)")
                    left -= dealtWith
                    if count < 3 { break }
                    try bench.expect(call < 100, "the sweeps to finish", saw: "100 sweeps of 7 records")
                }
                try bench.expectEqual(left, 0, "the records that were due and are left")
            }
        },
        Clause(
            "sweep.respects-concurrent-touches",
            "A touch beside a sweep is either acknowledged and kept, or refused.", sweeps: true
        ) { bench in
            for _ in 0..<8 {
                let record = try await bench.created(["kept": "1"])
                let moment = record.deadline + .minutes(25)
                let touch = bench.changes(record) { $0.lastUsedAt = record.deadline + .milliseconds(-1) }
                async let sweeping: Void = bench.sweepAll(at: moment, limit: 2)
                let result = try await bench.store.commit(
                    touch, to: record.id, at: record.deadline + .milliseconds(-1))
                try await sweeping
                switch result {
                case .committed(let touched):
                    try await bench.expectStored(touched, at: moment, "an acknowledged touch to keep the session alive")
                case .ended(let end):
                    let seen = try await bench.loaded(record.id, at: moment).end
                    try bench.expectEqual(seen, end, "the end after a refused touch")
                default:
                    throw bench.violation("committed or ended", saw: Bench.summary(result))
                }
            }
        },
        Clause(
            "sweep.keeps-fresh-enrolments",
            "A sweep between an enrolment and the sign-in it announces loses nothing.", sweeps: true
        ) { bench in
            let principal = try Bench.principal()
            let record = try await bench.created()
            try await bench.store.enroll(record.id, of: Bench.owner(principal), at: bench.now)
            try await bench.sweepAll(at: bench.now)
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            try await bench.commit(signIn, to: record.id, "a sign-in")
            try await bench.sweepAll(at: bench.now)
            let listed = try await bench.listed(.owner(Bench.owner(principal))).map(\.id)
            try bench.expect(listed.contains(record.id), "the session to be listed", saw: "\(listed.count) others")
        },
    ]
}

extension Bench {
    /// The moments at which a sweep first ends and then forgets `record`, and how to tell that it did.
    fileprivate func stages(
        of record: SessionRecord, _ slack: Duration
    ) -> [(moment: Timestamp, isDone: (SessionRecord?) -> Bool)] {
        [(record.deadline + slack, { $0?.end != nil }), (record.forgettableAt + slack, { $0 == nil })]
    }
}
