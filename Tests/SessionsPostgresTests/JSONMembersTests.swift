#if Postgres
    import Testing

    @testable import SessionsPostgres

    @Suite("Attributes as PostgreSQL writes them", .timeLimit(.minutes(10)))
    struct JSONMembersTests {
        private func read(_ text: String) -> [String]? {
            var text = text
            return text.withUTF8 { JSONMembers.read(UnsafeRawBufferPointer($0)) }?.map { "\($0.name)=\($0.json)" }
        }

        @Test(
            "A name is read without its escapes, of which there are those of control characters, quotes and backslashes"
        )
        func escapes() {
            let text = #"{"\u0000\u001f \u007f\b\f\n\r\t\"\\\/é": 1}"#
            #expect(read(text) == ["\u{0}\u{1f} \u{7f}\u{8}\u{c}\n\r\t\"\\/é=1"])
            for broken in [
                #"{"\u0080": 1}"#, #"{"\u00ff": 1}"#, #"{"\u0100": 1}"#, #"{"\u00g0": 1}"#, #"{"\u001": 1}"#,
                #"{"\u": 1}"#,
            ] {
                #expect(read(broken) == nil, "\(broken)")
            }
        }

        @Test("Values lose the blanks between their tokens, and keep those within strings")
        func blanks() {
            #expect(read("{}") == [] && read(" { } ") == nil)
            #expect(
                read("{\"a\": [1, {\"b c\": \"d, e: \\\" f\"}, [] ],\n\t\"g\" :\r\"h  i\"}") == [
                    #"a=[1,{"b c":"d, e: \" f"},[]]"#, #"g="h  i""#,
                ])
        }

        @Test(
            "What is no object, or is cut anywhere, is none",
            arguments: [
                "", "1", "[]", "null", "{\"a\": 1} ", "{\"a\": 1}}", "{\"a\" 1}", "{\"a\": }", "{a: 1}",
                "{\"a\": 1 \"b\": 2",
            ])
        func broken(_ text: String) {
            #expect(read(text) == nil)
            let whole = #"{"a": [1, {"b": "c"}], "d": "e"}"#
            #expect(read(whole) == [#"a=[1,{"b":"c"}]"#, #"d="e""#])
            for count in 0..<whole.utf8.count { #expect(read(String(whole.prefix(count))) == nil, "\(count)") }
        }
    }
#endif
