import Sessions

extension SessionStoreContract {
    static let commit: [Clause] = [
        Clause(
            "commit.never-creates", "A commit to an ID without a record reports it missing and makes none."
        ) { bench in
            let absent = bench.record(["kept": "1"])
            let writes = try bench.everyWrite(on: absent, at: bench.now) + [("an operator's end", bench.operatorsEnd())]
            for (kind, changes) in writes {
                let result = try await bench.store.commit(changes, to: absent.id, at: bench.now)
                guard case .missing = result else {
                    throw bench.violation("\(kind) of an unknown ID to be missing", saw: Bench.summary(result))
                }
                let record = try await bench.store.load(absent.id, at: bench.now)
                try bench.expect(record == nil, "no record after \(kind) of an unknown ID", saw: "a record")
            }
        },
        Clause("commit.returns-what-it-stored", "A commit returns the record as a load that follows does.") { bench in
            let record = try await bench.created(["kept": "1"])
            let changes = bench.changes(record) { changes in
                changes.attributes = ["kept": .set(json: "[2]"), "new": .set(json: "\"text\"")]
                changes.lastUsedAt = bench.now + .seconds(90)
                changes.lifetime = bench.lifetime(absolute: .days(2))
            }
            let returned = try await bench.commit(changes, to: record.id)
            let expected = record.after(["kept": "[2]", "new": "\"text\""]) { record in
                record.lastUsedAt = bench.now + .seconds(90)
                record.lifetime = bench.lifetime(absolute: .days(2))
            }
            try bench.expectSame(returned, expected, "the returned record to have the changes")
            try await bench.expectStored(expected, "the loaded record to have the changes")
        },
        Clause("commit.revision-grows", "Every commit that applies moves the record's revision by one.") { bench in
            var record = try await bench.created()
            let writes = try bench.everyWrite(on: record, at: bench.now)
            let order =
                writes.filter { $0.changes.end == nil && $0.changes.privilegeChange == nil }
                + writes.filter { $0.changes.privilegeChange != nil } + [("an operator's end", bench.operatorsEnd())]
            for (kind, changes) in order {
                let next = try await bench.commit(changes, to: record.id, kind)
                try bench.expectEqual(next.revision, record.revision + 1, "the revision after \(kind)")
                record = next
            }
        },
        Clause(
            "commit.attributes-know-their-revision", "An attribute has the revision of the commit that set it last."
        ) { bench in
            let record = try await bench.created(["kept": "1", "changed": "1"])
            let second = try await bench.commit(bench.setting(["changed": "2"], on: record), to: record.id)
            let third = try await bench.commit(bench.setting(["new": "3"], on: record), to: record.id)
            for (name, revision) in [("kept", record.revision), ("changed", second.revision), ("new", third.revision)] {
                try bench.expectEqual(third.attributes.revision(of: name), revision, "the revision of \"\(name)\"")
            }
            try await bench.expectStored(third, "the revisions to be stored")
        },
        Clause(
            "commit.patches-merge", "A commit changes the attributes it names and leaves the others alone."
        ) { bench in
            let record = try await bench.created(["a": "1", "b": "2", "c": "3"])
            try await bench.commit(bench.setting(["a": "10"], on: record), to: record.id)
            try await bench.commit(bench.setting(["d": "40"], on: record), to: record.id)
            try await bench.commit(bench.changes(record) { $0.attributes = ["b": .remove] }, to: record.id)
            let stored = try await bench.loaded(record.id)
            for (name, json) in ["a": "10", "b": nil, "c": "3", "d": "40"] {
                try bench.expectAttribute(name, json, in: stored, "four writers that loaded the same record")
            }
        },
        Clause(
            "commit.plain-set-is-last-writer-wins", "A set without an expected revision replaces the value."
        ) { bench in
            let record = try await bench.created(["a": "1"])
            try await bench.commit(bench.setting(["a": "{\"x\":1,\"y\":1}"], on: record), to: record.id)
            let last = try await bench.commit(bench.setting(["a": "{\"x\":2}"], on: record), to: record.id)
            try bench.expectAttribute("a", "{\"x\":2}", in: last, "the last writer to win")
            try await bench.expectStored(last, "the last writer to win")
        },
        Clause("commit.removes", "A removal removes the attribute, and removing an absent one is no error.") { bench in
            let record = try await bench.created(["a": "1", "b": "2"])
            let removal = bench.changes(record) { $0.attributes = ["a": .remove, "absent": .remove] }
            let once = try await bench.commit(removal, to: record.id)
            try bench.expectSame(once, record.after(["a": nil]), "the attribute to be gone")
            let twice = try await bench.commit(removal, to: record.id)
            try bench.expectSame(twice, once.after(), "nothing but the revision to change")
            let back = try await bench.commit(bench.setting(["a": "3"], on: record), to: record.id)
            try bench.expectSame(back, twice.after(["a": "3"]), "the attribute to be back")
            try await bench.expectStored(back, "the attribute to be back")
        },
        Clause(
            "compare.applies-where-revisions-match", "A commit applies where each expected revision is the current one."
        ) { bench in
            let record = try await bench.created(["a": "1", "b": "2"])
            let matching = bench.changes(record) { changes in
                changes.expectedRevisions = ["a": record.revision, "absent": 0]
                changes.attributes = ["a": .set(json: "2"), "absent": .set(json: "3")]
            }
            let first = try await bench.commit(matching, to: record.id, "a commit whose revisions match")
            let again = bench.changes(record) { changes in
                changes.expectedRevisions = ["a": first.revision, "absent": first.revision, "b": record.revision]
                changes.attributes = ["a": .remove]
            }
            let second = try await bench.commit(again, to: record.id, "a commit whose revisions match")
            try bench.expectSame(second, first.after(["a": nil]), "the attribute to be removed")
        },
        Clause(
            "compare.refuses-other-revisions", "A commit is a conflict where one expected revision is not the current."
        ) { bench in
            let record = try await bench.created(["a": "1", "b": "2"])
            let current = try await bench.commit(bench.setting(["a": "2"], on: record), to: record.id)
            let expectations: [(String, AttributeMap<UInt64>)] = [
                ("an older revision", ["a": record.revision]),
                ("a later revision", ["a": current.revision + 1]),
                ("absence of an attribute that is there", ["a": 0]),
                ("a revision of an absent attribute", ["absent": current.revision]),
                ("one wrong revision among right ones", ["a": current.revision, "b": current.revision]),
            ]
            for (kind, revisions) in expectations {
                let changes = bench.changes(record) { changes in
                    changes.expectedRevisions = revisions
                    changes.attributes = ["a": .set(json: "3"), "absent": .set(json: "3")]
                }
                let returned = try await bench.expectConflict(changes, to: record.id, "a commit that expects \(kind)")
                try bench.expectSame(returned, current, "the conflict to come with the current record")
                try await bench.expectStored(current, "nothing to change after a conflict (\(kind))")
            }
        },
        Clause(
            "compare.checks-what-it-does-not-edit", "An expected revision counts also for an attribute left alone."
        ) { bench in
            let record = try await bench.created(["read": "1"])
            let current = try await bench.commit(bench.setting(["read": "2"], on: record), to: record.id)
            let changes = bench.changes(record) { changes in
                changes.expectedRevisions = ["read": record.revision]
                changes.attributes = ["written": .set(json: "3")]
            }
            try await bench.expectConflict(changes, to: record.id, "a commit that read an older value")
            try await bench.expectStored(current, "nothing to change after a conflict")
        },
        Clause(
            "compare.sees-through-removal", "An attribute that was removed and set again has another revision."
        ) { bench in
            let record = try await bench.created(["a": "1"])
            try await bench.commit(bench.changes(record) { $0.attributes = ["a": .remove] }, to: record.id)
            let current = try await bench.commit(bench.setting(["a": "1"], on: record), to: record.id)
            let changes = bench.changes(record) { changes in
                changes.expectedRevisions = ["a": record.revision]
                changes.attributes = ["a": .set(json: "2")]
            }
            try await bench.expectConflict(changes, to: record.id, "a commit that read the value before its removal")
            try await bench.expectStored(current, "nothing to change after a conflict")
        },
        Clause("commit.refused-changes-nothing", "A refused commit applies none of its parts.") { bench in
            let record = try await bench.created(["a": "1"])
            let all = bench.changes(record) { changes in
                changes.attributes = ["a": .remove, "b": .set(json: "2")]
                changes.lastUsedAt = bench.now + .minutes(5)
                changes.lifetime = bench.lifetime(absolute: .days(9))
                changes.secretMove = .init(
                    expected: record.secretDigest,
                    step: .renew(digest: Bench.digest(), nonce: Bench.nonce(), issuedAt: bench.now))
            }
            var conflicting = all
            conflicting.expectedRevisions = ["a": record.revision + 5]
            try await bench.expectConflict(conflicting, to: record.id, "a commit that expects another revision")
            try await bench.expectStored(record, "nothing to change after a conflict")
            var superseded = all
            superseded.expectedGeneration = record.generation + 1
            try await bench.expectSuperseded(superseded, to: record.id, "a commit under another generation")
            try await bench.expectStored(record, "nothing to change after a superseded commit")
            var large = all
            large.attributes["c"] = .set(json: Bench.text(bytes: bench.limits.attributeBytes + 1))
            try await bench.expectTooLarge(large, to: record.id, "a commit over the limit")
            try await bench.expectStored(record, "nothing to change after a commit that was too large")
        },
        Clause("touch.never-moves-back", "The time of last use is the latest that was ever committed.") { bench in
            let record = try await bench.created()
            for (seconds, latest) in [(60, 60), (30, 60), (-10, 60), (61, 61), (0, 61)] {
                let touch = bench.changes(record) { $0.lastUsedAt = bench.now + .seconds(seconds) }
                let touched = try await bench.commit(touch, to: record.id, "a touch at \(seconds) s")
                try bench.expectEqual(touched.lastUsedAt, bench.now + .seconds(latest), "the time of last use")
                let stored = try await bench.loaded(record.id).lastUsedAt
                try bench.expectEqual(stored, bench.now + .seconds(latest), "the stored time of last use")
            }
        },
    ]
}
