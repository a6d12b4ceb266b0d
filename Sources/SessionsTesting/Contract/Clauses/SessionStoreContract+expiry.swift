import Sessions

extension SessionStoreContract {
    static let expiry: [Clause] = [
        Clause(
            "expiry.judged-by-the-record", "A session is usable to the millisecond before its deadline, swept or not."
        ) { bench in
            let lifetimes: [(String, SessionLifetime)] = [
                ("idle", bench.lifetime(idle: .milliseconds(1000), touch: .milliseconds(234))),
                ("absolute", bench.lifetime(absolute: .milliseconds(4321))),
                ("absolute alone", bench.lifetime(idle: nil, absolute: .milliseconds(777))),
            ]
            for (kind, lifetime) in lifetimes {
                let record = try await bench.created(["a": "1"]) { $0.lifetime = lifetime }
                let current = try await bench.commit(
                    bench.setting(["a": "2"], on: record), to: record.id, at: record.deadline + .milliseconds(-1),
                    "a write 1 ms before the \(kind) deadline")
                try await bench.expectOver(current, "the \(kind) deadline")
            }
        },
        Clause(
            "expiry.moves-with-use-and-lifetime",
            "The deadline is the one that the record's last touch and lifetime give."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            let touch = bench.changes(record) { $0.lastUsedAt = bench.now + .minutes(20) }
            let touched = try await bench.commit(touch, to: record.id, at: bench.now + .minutes(20), "a touch")
            try bench.expectEqual(touched.deadline, bench.now + .minutes(51), "the deadline of a touched session")
            let within = try await bench.commit(
                bench.changes(record), to: record.id, at: touched.deadline + .milliseconds(-1), "a write after a touch")
            let shorter = bench.changes(record) { $0.lifetime = bench.lifetime(absolute: .minutes(40)) }
            let shortened = try await bench.commit(
                shorter, to: record.id, at: bench.now + .minutes(20), "shortening the lifetime")
            try bench.expectEqual(shortened.revision, within.revision + 1, "the revision")
            try await bench.expectOver(shortened, "the shortened deadline")
            let other = try await bench.created()
            let longer = bench.changes(other) { $0.lifetime = bench.lifetime(idle: .days(30), absolute: .days(90)) }
            let lengthened = try await bench.commit(longer, to: other.id, "lengthening the lifetime")
            let last = try await bench.commit(
                bench.changes(other), to: other.id, at: lengthened.deadline + .milliseconds(-1), "a late write")
            try await bench.expectOver(last, "the lengthened deadline")
        },
        Clause(
            "expiry.nothing-revives",
            "No write applies at or after the deadline, not even a touch or a longer lifetime."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            for moment in [record.deadline, record.deadline + .milliseconds(1), record.deadline + .minutes(59)] {
                let writes = try bench.everyWrite(on: record, at: moment)
                for (kind, changes) in writes + [("an operator's end", bench.operatorsEnd(at: moment))] {
                    var changes = changes
                    changes.lastUsedAt = changes.lastUsedAt.map { _ in record.deadline + .milliseconds(-1) }
                    try await bench.expectEnded(
                        changes, to: record.id, by: SessionEnd(reason: .expired, at: record.deadline), at: moment,
                        "\(kind) at \(moment - record.deadline) past the deadline")
                }
            }
            let seen = try await bench.loaded(record.id, at: record.deadline)
            try bench.expect(seen.end(at: record.deadline) != nil, "the session to stay over", saw: "a live session")
        },
        Clause(
            "expiry.idleness-as-of",
            "Where a commit says by which moment idleness is judged, the idle deadline is compared with that moment alone."
        ) { bench in
            let lifetime = bench.lifetime(idle: .minutes(30), touch: .minutes(1), absolute: .hours(1))
            let kept = try await bench.created(["kept": "1"]) { $0.lifetime = lifetime }
            let late = kept.deadline + .minutes(2)
            for (kind, changes) in try bench.everyWrite(on: kept, at: late) {
                let record = try await bench.created(["kept": "1"]) { $0.lifetime = lifetime }
                var changes = changes
                changes.secretMove?.expected = record.secretDigest
                let end = SessionEnd(reason: .expired, at: record.deadline)
                for moment in [record.deadline, late, late + .minutes(1), late + .days(400)] {
                    changes.idleAsOf = moment
                    try await bench.expectEnded(
                        changes, to: record.id, by: end, at: late,
                        "\(kind) with idleness judged \(moment - record.deadline) past the deadline")
                }
                changes.idleAsOf = record.deadline + .milliseconds(-1)
                try await bench.commit(
                    changes, to: record.id, at: late, "\(kind) with idleness judged 1 ms before the deadline")
            }
            var ahead = bench.setting(["a": "1"], on: kept)
            ahead.idleAsOf = late
            try await bench.commit(
                ahead, to: kept.id, at: kept.deadline + .milliseconds(-1),
                "a write with idleness judged by a later moment")
        },
        Clause(
            "expiry.idleness-as-of-moves-nothing-else",
            "However early idleness is judged, the absolute deadline and an end on record hold."
        ) { bench in
            let record = try await bench.created(["kept": "1"]) {
                $0.lifetime = bench.lifetime(idle: .minutes(30), touch: .minutes(1), absolute: .minutes(32))
            }
            let early = record.deadline + .milliseconds(-1)
            var touch = bench.changes(record) { $0.lastUsedAt = bench.now + .minutes(31) }
            touch.idleAsOf = early
            let absolute = record.lifetime.absoluteDeadline
            try bench.expectEqual(
                try await bench.commit(touch, to: record.id, at: absolute + .milliseconds(-1), "a late touch").deadline,
                absolute, "the deadline of a touched session")
            let end = SessionEnd(reason: .expired, at: absolute)
            for (kind, changes) in try bench.everyWrite(on: record, at: absolute) {
                var changes = changes
                changes.idleAsOf = early
                try await bench.expectEnded(
                    changes, to: record.id, by: end, at: absolute, "\(kind) at the absolute deadline")
            }
            let ended = try await bench.created()
            try await bench.commit(bench.operatorsEnd(), to: ended.id, "an operator's end")
            var write = bench.setting(["late": "1"], on: ended)
            write.idleAsOf = bench.now + .milliseconds(-1)
            try await bench.expectEnded(
                write, to: ended.id, by: SessionEnd(reason: .endedByOperator, at: bench.now), at: bench.now,
                "a write to a tombstone")
        },
        Clause(
            "expiry.is-explained", "An expired record is kept, and its ID taken, until it may be forgotten."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            for moment in [record.deadline, record.forgettableAt + .milliseconds(-1)] {
                let seen = try await bench.loaded(record.id, at: moment)
                try bench.expectEqual(
                    seen.end(at: moment), SessionEnd(reason: .expired, at: record.deadline), "the end of what expired")
                try bench.expect(seen.secretDigest == record.secretDigest, "the secret's digest", saw: "another")
                let isCreated = try await bench.store.create(record)
                try bench.expect(!isCreated, "the ID to stay taken", saw: "a create that applied")
            }
        },
    ]
}

extension Bench {
    /// Checks that a write at the deadline of `record` is refused and changes nothing.
    fileprivate func expectOver(_ record: SessionRecord, _ what: String) async throws {
        let end = SessionEnd(reason: .expired, at: record.deadline)
        try await expectEnded(
            setting(["late": "1"], on: record), to: record.id, by: end, at: record.deadline, "a write at \(what)")
        let seen = try await loaded(record.id, at: record.deadline)
        try expect(seen.attributes["late"] == nil, "nothing to change at \(what)", saw: "the late write")
        try expectEqual(seen.end(at: record.deadline), end, "the end at \(what)")
    }
}
