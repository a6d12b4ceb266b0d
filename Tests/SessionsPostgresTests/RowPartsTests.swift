#if Postgres
    import Sessions
    import StoreSupport
    import Testing

    @testable import SessionsPostgres

    /// What rows and cursors are made of, without a server.
    @Suite("The parts of PostgreSQL's rows", .timeLimit(.minutes(10)))
    struct RowPartsTests {
        private func id(_ last: [UInt8]) throws -> SessionID {
            try #require(SessionID(bytes: [UInt8](repeating: 7, count: 16 - last.count) + last))
        }

        @Test("A page begins with the first ID there is after its cursor")
        func cursors() throws {
            let zero = try #require(SessionID(bytes: [UInt8](repeating: 0, count: 16)))
            #expect(SessionID(startingAfter: nil) == zero)
            let pairs: [([UInt8], [UInt8])] = [([8], [9]), ([8, 255], [9, 0]), ([254, 255, 255], [255, 0, 0])]
            for (cursor, next) in pairs {
                let (before, after) = (try id(cursor), try id(next))
                #expect(SessionID(startingAfter: before.description) == after)
            }
            let last = try #require(SessionID(bytes: [UInt8](repeating: 255, count: 16)))
            #expect(SessionID(startingAfter: last.description) == nil)
            #expect(SessionID(startingAfter: "no cursor") == nil)
        }

        @Test("A commit counts for the bytes of what it sets, and 64 for each attribute and each expectation")
        func sizes() {
            var changes = setting("n", to: String(repeating: "1", count: 5000))
            #expect(changes.size == 5064)
            changes.attributes["gone"] = .remove
            changes.expectedRevisions["n"] = 3
            #expect(changes.size == 5064 + 64 + 64)
        }

        @Test(
            "The escape of NUL is found behind an even number of backslashes alone",
            arguments: [
                (#""\u0000""#, true), (#""\\u0000""#, false), (#""\\\u0000""#, true), (#""\u0001\u0000""#, true),
                (#""\u000""#, false), ("\"u0000\"", false), (#""\n\\\\u0000 \\\\\u0000""#, true), ("\"\"", false),
            ])
        func nul(_ json: String, _ holds: Bool) {
            #expect(json.holdsNUL == holds)
        }

        @Test("A text is written as JSON with its quotes, backslashes and control characters escaped")
        func strings() {
            #expect("a \"b\" \\ é 🧁 /".asJSON == #""a \"b\" \\ é 🧁 /""#)
            #expect("\u{0}\u{f}\u{10}\u{1f}\u{20}\u{7f}".asJSON == "\"\\u0000\\u000f\\u0010\\u001f \u{7f}\"")
        }

        @Test(
            "Who wrote an attribute is a revision and a size, and nothing else",
            arguments: [
                ("[5,120]", true), ("[-1,0]", true), ("[5]", false), ("[5,1,2]", false), ("5,120]", false),
                ("[a,120]", false), ("[5,b]", false), ("", false), ("{5,120}", false),
            ])
        func writes(_ json: String, _ isGood: Bool) {
            let write = AttributeWrite(json)
            #expect((write != nil) == isGood)
            if json == "[5,120]" { #expect(write?.revision == 5 && write?.bytes == 120) }
            if json == "[-1,0]" { #expect(write?.revision == .max) }
        }
    }
#endif
