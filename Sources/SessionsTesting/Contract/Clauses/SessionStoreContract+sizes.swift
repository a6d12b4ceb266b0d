import Sessions

extension SessionStoreContract {
    static let sizes: [Clause] = [
        Clause("sizes.attribute", "An attribute of exactly the limit passes; one byte more is too large.") { bench in
            let record = try await bench.created(["kept": "1"])
            let limit = min(bench.limits.attributeBytes, bench.limits.sessionBytes - 200)
            let full = try await bench.commit(
                bench.setting(["a": Bench.text(bytes: limit)], on: record), to: record.id, "\(limit) bytes")
            try await bench.expectStored(full, "the large attribute to be stored")
            for name in ["a", "b"] {
                let over = bench.setting([name: Bench.text(bytes: bench.limits.attributeBytes + 1)], on: record)
                try await bench.expectTooLarge(over, to: record.id, "an attribute one byte over its limit")
            }
            try await bench.expectStored(full, "nothing to change")
        },
        Clause(
            "sizes.session", "Names and values of exactly the limit in all pass; one byte more is too large."
        ) { bench in
            var attributes = bench.filling(bench.limits.sessionBytes)
            let record = try await bench.created()
            let full = try await bench.commit(bench.setting(attributes, on: record), to: record.id, "a full session")
            try bench.expectEqual(full.attributes.byteCount, bench.limits.sessionBytes, "the bytes of a full session")
            attributes = bench.filling(bench.limits.sessionBytes + 1)
            let other = try await bench.created()
            try await bench.expectTooLarge(
                bench.setting(attributes, on: other), to: other.id, "a session one byte over its limit")
            try await bench.expectStored(other, "nothing to change")
        },
        Clause("sizes.count", "As many attributes as the limit pass; one more is too large.") { bench in
            let names = (0..<bench.limits.attributeCount).map { "n\($0)" }
            let record = try await bench.created()
            let all = bench.setting(Dictionary(uniqueKeysWithValues: names.map { ($0, "0") }), on: record)
            let full = try await bench.commit(all, to: record.id, "\(names.count) attributes")
            try await bench.expectTooLarge(
                bench.setting(["more": "0"], on: record), to: record.id, "one attribute over the limit")
            try await bench.expectStored(full, "nothing to change")
            let swap = bench.changes(record) { $0.attributes = [names[0]: .remove, "more": .set(json: "0")] }
            try await bench.commit(swap, to: record.id, "replacing an attribute by another")
            try await bench.commit(bench.setting(["more": "1"], on: record), to: record.id, "changing an attribute")
        },
        Clause("sizes.joint", "Two writes that pass the limit together are not both applied.") { bench in
            let record = try await bench.created(bench.filling(bench.limits.sessionBytes - 20))
            let first = try await bench.commit(
                bench.setting(["first": "12345"], on: record), to: record.id, "the first write")
            try await bench.expectTooLarge(
                bench.setting(["second": "12345"], on: record), to: record.id, "the second write")
            try await bench.expectStored(first, "the first write alone")
            let swap = bench.changes(record) { changes in
                changes.attributes = ["first": .remove, "second": .set(json: "12345")]
            }
            try await bench.commit(swap, to: record.id, "a write that makes room for itself")
        },
        Clause(
            "sizes.joint-concurrently", "Of concurrent writes that each fit alone, no more apply than fit together."
        ) { bench in
            let record = try await bench.created(bench.filling(bench.limits.sessionBytes - 20))
            let results = try await bench.concurrently(8) { number in
                try await bench.store.commit(
                    bench.setting(["name\(number)": "12345"], on: record), to: record.id, at: bench.now)
            }
            var applied = 0
            for result in results {
                switch result {
                case .committed: applied += 1
                case .tooLarge: break
                default: throw bench.violation("committed or too large", saw: Bench.summary(result))
                }
            }
            try bench.expectEqual(applied, 2, "the number of writes of 10 bytes that fit into 20")
            let size = try await bench.loaded(record.id).attributes.byteCount
            try bench.expect(size <= bench.limits.sessionBytes, "at most the limit", saw: "\(size) bytes")
        },
        Clause(
            "sizes.create", "A record over a limit is not created, and the error says that it is too large."
        ) { bench in
            let limits = bench.limits
            let names = (0...limits.attributeCount).map { "n\($0)" }
            let excesses = [
                ["a": Bench.text(bytes: limits.attributeBytes + 1)], bench.filling(limits.sessionBytes + 1),
                Dictionary(uniqueKeysWithValues: names.map { ($0, "0") }),
            ]
            for attributes in excesses {
                let record = bench.record(attributes)
                do {
                    let isCreated = try await bench.store.create(record)
                    throw bench.violation("an error", saw: "create returned \(isCreated)")
                } catch let error as SessionError {
                    try bench.expectEqual(error.code, .tooLarge, "the error's code")
                }
                let stored = try await bench.store.load(record.id, at: bench.now)
                try bench.expect(stored == nil, "no record", saw: "one")
            }
            let full = bench.record(bench.filling(limits.sessionBytes))
            try bench.expect(await bench.store.create(full), "a full record to be created", saw: "false")
            try await bench.expectStored(full, "a full record")
        },
        Clause("sizes.end", "A full session can be ended, touched and signed in.") { bench in
            let record = try await bench.created(bench.filling(bench.limits.sessionBytes))
            let principal = try Bench.principal()
            let touch = bench.changes(record) { $0.lastUsedAt = bench.now + .seconds(1) }
            try await bench.commit(touch, to: record.id, "a touch of a full session")
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            try await bench.commit(signIn, to: record.id, "a sign-in with a full session")
            try await bench.commit(bench.operatorsEnd(), to: record.id, "an end of a full session")
        },
    ]
}

extension Bench {
    /// Attributes that take `bytes` in all, each within its own limit, and as few of them as that allows.
    fileprivate func filling(_ bytes: Int) -> [String: String] {
        var attributes: [String: String] = [:]
        var left = bytes
        while left > 0 {
            let name = "f" + String(1000 + attributes.count)
            // What is left for the last one must be a name and a value.
            let size = min(left - name.utf8.count, limits.attributeBytes - (left > limits.attributeBytes ? 8 : 0))
            attributes[name] = Bench.text(bytes: size)
            left -= name.utf8.count + size
        }
        return attributes
    }
}
