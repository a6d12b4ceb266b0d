import Sessions

extension SessionStoreContract {
    static let names: [Clause] = [
        Clause(
            "names.any-name", "Attributes of any allowed name are set, told apart and removed byte by byte."
        ) { bench in
            let names = [
                "a", "A", "a.b", "a b", " a", "a ", "'", "\"", "\\", "\\\"", "$", "$.a", "%", "_", "*", "?", "[0]",
                "a[0]", "{}", "a:b", "a/b", "a,b", "a=b", "a;b", "--", "$1", ":a", "@a", "#", "0", "-1", "null",
                "id", "revision", "principal", "__proto__", "é", "ß", "中文", "🧑🏽‍🚀", "\u{202e}a",
                "\u{feff}", "\u{85}", "\u{10ffff}",
                String(repeating: "x", count: SessionLimits.nameBytes),
                String(repeating: "é", count: SessionLimits.nameBytes / 2),
            ]
            let groups = stride(from: 0, to: names.count, by: 16).map { Array(names[$0..<min($0 + 16, names.count)]) }
            for group in groups {
                let record = try await bench.created()
                var expected = record
                for (number, name) in group.enumerated() {
                    let set = bench.setting([name: "\(number)"], on: record)
                    let result = try await bench.commit(set, to: record.id, "a set of \(name.debugDescription)")
                    expected = expected.after([name: "\(number)"])
                    try bench.expectSame(result, expected, "every attribute under its own name")
                }
                try await bench.expectStored(expected, "every attribute under its own name")
                for name in group {
                    let changes = bench.changes(record) { changes in
                        changes.expectedRevisions = [name: expected.attributes.revision(of: name)]
                        changes.attributes = [name: .remove]
                    }
                    try await bench.commit(changes, to: record.id, "a removal of \(name.debugDescription)")
                    expected = expected.after([name: nil])
                    try await bench.expectStored(expected, "\(name.debugDescription) alone to be removed")
                }
            }
        },
        Clause("names.unicode-forms-differ", "Two spellings of one character are two names.") { bench in
            let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
            let record = try await bench.created()
            try await bench.commit(bench.setting([composed: "1"], on: record), to: record.id)
            let both = try await bench.commit(bench.setting([decomposed: "2"], on: record), to: record.id)
            try await bench.expectStored(both, "both spellings")
            try bench.expectAttribute(composed, "1", in: both, "two spellings")
            try bench.expectAttribute(decomposed, "2", in: both, "two spellings")
            let absent = bench.changes(record) { changes in
                changes.expectedRevisions = [decomposed: record.revision + 1]
                changes.attributes = [decomposed: .set(json: "3")]
            }
            try await bench.expectConflict(absent, to: record.id, "a commit that expects the other spelling's revision")
            let removal = bench.changes(record) { $0.attributes = [composed: .remove] }
            let one = try await bench.commit(removal, to: record.id)
            try bench.expectAttribute(composed, nil, in: one, "one spelling removed")
            try bench.expectAttribute(decomposed, "2", in: one, "one spelling removed")
            try await bench.expectStored(one, "the other spelling alone")
        },
        Clause("values.any-json", "A JSON value loads with the same meaning, and its strings byte by byte.") { bench in
            let values = [
                "null", "true", "false", "0", "-1", "9007199254740991", "-9007199254740991", "0.1", "1.5e10", "\"\"",
                "[]", "{}", "[null]", "[[],{}]", #"{"":""}"#, #""\"\\\/\b\f\n\r\t""#, #""\u00e9 é e\u0301""#,
                "\"e\u{301}\"", "\"é\"", "\"🧑🏽‍🚀\"", #""\ud83d\ude80""#,
                "\"\u{2028}\u{2029}\u{7f}\u{feff}\"", "\"'; DROP TABLE session; --\"",
                "\"%s $1 ? :a\"", #"{"b":1,"a":{"é":[1,2.5,"x",null,true]}}"#, " { \"a\" : [ 1 , 2 ] } ",
                String(repeating: "[", count: 30) + String(repeating: "]", count: 30),
            ]
            for start in stride(from: 0, to: values.count, by: 9) {
                let group = values.indices[start..<min(start + 9, values.count)]
                let named = Dictionary(uniqueKeysWithValues: group.map { ("value\($0)", values[$0]) })
                let record = try await bench.created(named)
                try await bench.expectStored(record, "the values as they were created")
                let other = try await bench.created()
                let result = try await bench.commit(bench.setting(named, on: other), to: other.id, "a set of any JSON")
                try bench.expectSame(result, other.after(named.mapValues { $0 }), "the values as they were set")
                try await bench.expectStored(result, "the values as they were set")
            }
        },
    ]
}
