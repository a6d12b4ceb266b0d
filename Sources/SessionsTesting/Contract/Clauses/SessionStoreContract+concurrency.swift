import Sessions

extension SessionStoreContract {
    static let concurrency: [Clause] = [
        Clause(
            "concurrency.counter", "Concurrent increments by compare-and-set lose nothing and apply once."
        ) { bench in
            let (tasks, each) = (6, 8)
            let record = try await bench.created(["n": "0"])
            let revisions = try await bench.concurrently(tasks) { _ in
                var own: [UInt64] = []
                var current = try await bench.loaded(record.id)
                var attempts = 0
                while own.count < each {
                    attempts += 1
                    try bench.expect(attempts < 2000, "some writer to win each round", saw: "2000 lost rounds")
                    let increment = try bench.increment("n", of: current)
                    // A chance for the others, where a store never suspends.
                    await Task.yield()
                    switch try await bench.store.commit(increment, to: record.id, at: bench.now) {
                    case .committed(let next):
                        own.append(next.attributes.revision(of: "n"))
                        current = next
                    case .conflict(let next):
                        current = next
                    case let other:
                        throw bench.violation("committed or conflict", saw: Bench.summary(other))
                    }
                }
                return own
            }
            let last = try await bench.loaded(record.id)
            try bench.expectAttribute("n", "\(tasks * each)", in: last, "every increment to count once")
            try bench.expectEqual(Set(revisions.joined()).count, tasks * each, "the number of different revisions")
        },
        Clause(
            "concurrency.first-setter", "Of concurrent commits that expect an absent attribute exactly one applies."
        ) { bench in
            let record = try await bench.created()
            let results = try await bench.concurrently(10) { number in
                let changes = bench.changes(record) { changes in
                    changes.expectedRevisions = ["owner": 0]
                    changes.attributes = ["owner": .set(json: "\(number)")]
                }
                return try await bench.store.commit(changes, to: record.id, at: bench.now)
            }
            var winners: [Int] = []
            for (number, result) in results.enumerated() {
                switch result {
                case .committed: winners.append(number)
                case .conflict(let current):
                    try bench.expect(current.attributes["owner"] != nil, "the winner's record", saw: "none")
                default: throw bench.violation("committed or conflict", saw: Bench.summary(result))
                }
            }
            try bench.expect(winners.count == 1, "one commit to apply", saw: "\(winners.count)")
            try bench.expectAttribute("owner", "\(winners[0])", in: await bench.loaded(record.id), "the winner's value")
        },
        Clause(
            "concurrency.patches-merge",
            "Concurrent sets of different attributes all stay, each with a revision of its own."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            let results = try await bench.concurrently(16) { number in
                try await bench.commit(bench.setting(["a\(number)": "\(number)"], on: record), to: record.id)
            }
            let stored = try await bench.loaded(record.id)
            try bench.expectAttribute("kept", "1", in: stored, "what nobody changed")
            for number in results.indices {
                try bench.expectAttribute("a\(number)", "\(number)", in: stored, "concurrent sets")
            }
            try bench.expectEqual(Set(results.map(\.revision)).count, results.count, "the number of revisions")
            try bench.expectEqual(stored.revision, record.revision + UInt64(results.count), "the last revision")
        },
        Clause("concurrency.touches", "Of concurrent touches the latest stays.") { bench in
            let record = try await bench.created()
            let seconds = (0..<16).shuffled()
            _ = try await bench.concurrently(seconds.count) { number in
                let touch = bench.changes(record) { $0.lastUsedAt = bench.now + .seconds(seconds[number]) }
                try await bench.commit(touch, to: record.id)
            }
            try bench.expectEqual(
                await bench.loaded(record.id).lastUsedAt, bench.now + .seconds(15), "the time of last use")
        },
        Clause(
            "concurrency.end-beats-writers",
            "From an acknowledged end on no write applies, also of those that run beside it."
        ) { bench in
            for _ in 0..<4 {
                let record = try await bench.created(["kept": "1"])
                let answers = try await bench.concurrently(8) { number -> [Bool] in
                    if number == 4 {
                        try await bench.commit(bench.operatorsEnd(), to: record.id, "an operator's end")
                        let seen = try await bench.loaded(record.id)
                        try bench.expect(seen.end != nil, "the end to be seen by a load", saw: "a live record")
                        let set = bench.setting(["late": "1"], on: record)
                        guard case .ended = try await bench.store.commit(set, to: record.id, at: bench.now) else {
                            throw bench.violation("a write after the end to be refused", saw: "another answer")
                        }
                        return []
                    }
                    var applied: [Bool] = []
                    for round in 0..<6 {
                        await Task.yield()
                        let set = bench.setting(["a\(number)": "\(round)"], on: record)
                        switch try await bench.store.commit(set, to: record.id, at: bench.now) {
                        case .committed: applied.append(true)
                        case .ended: applied.append(false)
                        case let other: throw bench.violation("committed or ended", saw: Bench.summary(other))
                        }
                    }
                    return applied
                }
                for applied in answers {
                    let isOnceOver = applied == applied.filter { $0 } + applied.filter { !$0 }
                    try bench.expect(isOnceOver, "no write to apply after a refused one", saw: "\(applied)")
                }
                let tombstone = try await bench.loaded(record.id)
                try bench.expectEqual(tombstone.end, bench.operatorsEnd().end, "the end on record")
                try bench.expect(tombstone.attributes.isEmpty, "no attributes", saw: "\(tombstone.attributes.names)")
            }
        },
        Clause("concurrency.sessions-are-apart", "Concurrent callers on different IDs don't meet.") { bench in
            _ = try await bench.concurrently(24) { number in
                let record = try await bench.created(["own": "\(number)"])
                let second = try await bench.commit(bench.setting(["more": "\(number)"], on: record), to: record.id)
                try await bench.expectStored(second, "a session's own writes")
                if number.isMultiple(of: 3) { try await bench.commit(bench.operatorsEnd(), to: record.id) }
                let last = try await bench.loaded(record.id)
                try bench.expectEqual(last.end != nil, number.isMultiple(of: 3), "whether the session has ended")
            }
        },
        Clause(
            "concurrency.cancelled-commit-is-whole", "A commit that was cancelled has applied whole or not at all."
        ) { bench in
            let record = try await bench.created(["a": "0", "b": "0"])
            for round in 1...20 {
                let before = try await bench.loaded(record.id)
                let value = "\(round)"
                let task = Task {
                    let set = bench.setting(["a": value, "b": value], on: before)
                    return try await bench.store.commit(set, to: record.id, at: bench.now)
                }
                for _ in 0..<(round % 5) { await Task.yield() }
                task.cancel()
                let result = await task.result
                let stored = try await bench.loaded(record.id)
                let after = before.after(["a": value, "b": value])
                if case .success(.committed) = result {
                    try bench.expectSame(stored, after, "an acknowledged commit to be there")
                } else if stored.revision == before.revision {
                    try bench.expectSame(stored, before, "the record as it was before")
                } else {
                    try bench.expectSame(stored, after, "the record as it is after the commit")
                }
            }
        },
    ]
}

extension Bench {
    /// Changes that set an integer attribute to one more, if no other write came since `record` was read.
    fileprivate func increment(_ name: String, of record: SessionRecord) throws -> SessionChanges {
        guard let attribute = record.attributes[name], let value = Int(attribute.json) else {
            throw violation("an integer in \"\(name)\"", saw: record.attributes[name]?.json ?? "none")
        }
        return changes(record) { changes in
            changes.expectedRevisions = [name: attribute.revision]
            changes.attributes = [name: .set(json: "\(value + 1)")]
        }
    }
}
