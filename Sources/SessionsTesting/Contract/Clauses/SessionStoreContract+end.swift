import Sessions

extension SessionStoreContract {
    static let ends: [Clause] = [
        Clause(
            "end.leaves-a-tombstone", "An end keeps ID, digests, principal, reason and time, and no attributes."
        ) { bench in
            let principal = try Bench.principal()
            for (kind, generation) in [("a holder's end", UInt64?.some(1)), ("an operator's end", nil)] {
                let record = try await bench.created(["a": "1", "b": "2"]) { record in
                    record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce(), successorSeenAt: bench.now)
                    record.superseded = .init(familyDigest: Bench.digest(), at: bench.now, revision: 1)
                    record.principal = principal
                    record.authenticatedAt = bench.now
                }
                var changes = SessionChanges(expectedGeneration: generation)
                changes.attributes = ["c": .set(json: "3")]
                changes.end = SessionEnd(reason: .suspectedTheft, at: bench.now + .seconds(1))
                let tombstone = record.after(["a": nil, "b": nil]) { record in
                    record.previous = nil
                    record.superseded = nil
                    record.end = changes.end
                }
                try bench.expectSame(
                    await bench.commit(changes, to: record.id, kind), tombstone, "\(kind) to return a tombstone")
                try await bench.expectStored(tombstone, "\(kind) to leave a tombstone")
            }
        },
        Clause(
            "end.keeps-any-reason", "The reason of an end is kept as it is, also one this package doesn't know."
        ) { bench in
            for reason in ["signed-out", "limit", "the shop's own: \"closed\" 🚪", "e\u{301}"] {
                let record = try await bench.created()
                let end = bench.operatorsEnd(.init(rawValue: reason))
                try await bench.commit(end, to: record.id)
                let seen = try await bench.loaded(record.id).end
                try bench.expect(
                    seen?.reason.rawValue.utf8.elementsEqual(reason.utf8) == true, "the reason \(reason)",
                    saw: "\(String(describing: seen))")
            }
        },
        Clause(
            "end.is-final", "Nothing that comes after an end applies, and each write learns the end's reason and time."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            let end = SessionEnd(reason: .signedOut, at: bench.now)
            let tombstone = try await bench.commit(bench.changes(record) { $0.end = end }, to: record.id)
            let later = bench.now + .seconds(1)
            var stale = bench.setting(["late": "1"], on: record)
            stale.expectedGeneration = record.generation + 1
            let writes =
                try bench.everyWrite(on: record, at: later) + [
                    ("an operator's end", bench.operatorsEnd(.endedByOperator, at: later)),
                    ("a write under another generation", stale),
                    (
                        "a write that expects another revision",
                        bench.changes(record) { $0.expectedRevisions = ["kept": 7] }
                    ),
                ]
            for (kind, changes) in writes {
                try await bench.expectEnded(changes, to: record.id, by: end, at: later, "\(kind) after the end")
                try await bench.expectStored(tombstone, "the tombstone, unchanged by \(kind)")
            }
        },
        Clause(
            "end.operators-end-always-wins",
            "An end without a generation applies whatever the generation and revisions are."
        ) { bench in
            let record = try await bench.created(["a": "1"])
            let principal = try Bench.principal()
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            try await bench.commit(signIn, to: record.id, "a sign-in")
            try await bench.commit(bench.operatorsEnd(), to: record.id, "an operator's end after a sign-in")
            let end = try await bench.loaded(record.id).end
            try bench.expectEqual(end, bench.operatorsEnd().end, "the end on record")
        },
        Clause(
            "end.holders-end-is-fenced", "An end under another generation is superseded and ends nothing."
        ) { bench in
            let record = try await bench.created(["a": "1"])
            let principal = try Bench.principal()
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            let current = try await bench.commit(signIn, to: record.id, "a sign-in")
            let end = bench.changes(record) { $0.end = SessionEnd(reason: .signedOut, at: bench.now) }
            try await bench.expectSuperseded(end, to: record.id, "an end under the generation before")
            try await bench.expectStored(current, "the session to live on")
        },
        Clause(
            "end.unless-used-since",
            "An end that demands that its session was not used after a moment is a conflict where it was, and ends nothing."
        ) { bench in
            for (kind, offset, ends) in [
                ("used a millisecond later", Duration.milliseconds(-1), false), ("last used then", .zero, true),
                ("last used a millisecond before", .milliseconds(1), true),
            ] {
                let record = try await bench.created(["a": "1"])
                let used = try await bench.commit(
                    bench.changes(record) { $0.lastUsedAt = bench.now + .seconds(1) }, to: record.id, "a use")
                let end = bench.changes(record) {
                    $0.unusedSince = used.lastUsedAt + offset
                    $0.end = SessionEnd(reason: .limit, at: bench.now)
                }
                if ends {
                    try await bench.commit(end, to: record.id, "an end of a session that was \(kind)")
                } else {
                    try await bench.expectConflict(end, to: record.id, "an end of a session that was \(kind)")
                    try await bench.expectStored(used, "the session to live on")
                }
            }
        },
        Clause(
            "generation.fences-every-write",
            "Every kind of write under another generation is superseded and changes nothing."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            let principal = try Bench.principal()
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            let current = try await bench.commit(signIn, to: record.id, "a sign-in")
            try bench.expectEqual(current.generation, record.generation + 1, "the generation after a sign-in")
            for generation in [record.generation, current.generation + 1, 0] {
                for (kind, changes) in try bench.everyWrite(on: record, at: bench.now) {
                    var changes = changes
                    changes.expectedGeneration = generation
                    changes.expectedRevisions = ["kept": 99]
                    let what = "\(kind) under generation \(generation) of \(current.generation)"
                    try await bench.expectSuperseded(changes, to: record.id, what)
                    try await bench.expectStored(current, "nothing to change by \(what)")
                }
            }
        },
    ]
}
