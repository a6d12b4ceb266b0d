import NIOCore
import SessionsTesting
import Testing

@testable import SessionsRedisClient

@Suite(.timeLimit(.minutes(10))) struct ParserTests {
    private func text(_ string: String) -> RedisReply { .bytes(Array(string.utf8)[...]) }

    /// What a parser makes of bytes that arrive in these pieces.
    private func parse(
        _ pieces: [[UInt8]], limits: ReplyLimits = .init()
    ) throws(MalformedReply) -> [ReplyParser.Message] {
        var parser = ReplyParser(limits: limits)
        var messages: [ReplyParser.Message] = []
        for piece in pieces {
            parser.append(ByteBuffer(bytes: piece))
            while let message = try parser.next() { messages.append(message) }
        }
        return messages
    }

    private func parse(_ string: String, limits: ReplyLimits = .init()) throws(MalformedReply) -> [ReplyParser.Message]
    {
        try parse([Array(string.utf8)], limits: limits)
    }

    @Test func readsEveryType() throws {
        let expected: [(String, RedisReply)] = [
            ("+OK\r\n", text("OK")), ("+\r\n", text("")), ("-ERR no\r\n", .error(.init("ERR no"))),
            (":42\r\n", .integer(42)), (":-9223372036854775808\r\n", .integer(.min)), (":+7\r\n", .integer(7)),
            ("$5\r\na\r\nb!\r\n", text("a\r\nb!")), ("$0\r\n\r\n", text("")), ("$-1\r\n", .null), ("*-1\r\n", .null),
            ("_\r\n", .null), ("*0\r\n", .array([])),
            ("*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", .array([.integer(1), .array([text("x")])])),
            ("%1\r\n+k\r\n+v\r\n", .array([text("k"), text("v")])), ("~1\r\n#t\r\n", .array([.integer(1)])),
            ("#f\r\n", .integer(0)), (",1.5\r\n", text("1.5")),
            ("(12345678901234567890\r\n", text("12345678901234567890")),
            ("=6\r\ntxt:hi\r\n", text("hi")), ("!6\r\nERR no\r\n", .error(.init("ERR no"))),
        ]
        for (bytes, reply) in expected { #expect(try parse(bytes) == [.reply(reply)], "\(bytes.debugDescription)") }
        let all = expected.map(\.0).joined()
        #expect(try parse(all) == expected.map { .reply($0.1) })
    }

    @Test func tellsPushMessagesApart() throws {
        let messages = try parse(":1\r\n>2\r\n+invalidate\r\n*1\r\n+key\r\n:2\r\n")
        #expect(
            messages == [
                .reply(.integer(1)), .push(.array([text("invalidate"), .array([text("key")])])), .reply(.integer(2)),
            ])
        #expect(throws: MalformedReply.self) { try parse("*1\r\n>1\r\n+x\r\n") }
    }

    @Test func givesTheSameHoweverTheBytesAreCut() throws {
        let stream = Array(
            "*3\r\n$3\r\nabc\r\n:-17\r\n%1\r\n+a\r\n*2\r\n_\r\n#t\r\n>1\r\n+p\r\n$-1\r\n-MOVED 1 h:1\r\n$2\r\n\r\n\r\n+ok\r\n"
                .utf8)
        let whole = try parse([stream])
        #expect(whole.count == 6)
        #expect(try parse(stream.map { [$0] }) == whole)
        for first in 0...stream.count {
            for second in first...stream.count {
                let pieces = [Array(stream[..<first]), Array(stream[first..<second]), Array(stream[second...])]
                #expect(try parse(pieces) == whole)
            }
        }
    }

    @Test(arguments: [
        "hello\r\n", "\r\n", "$x\r\n", "$-2\r\n", "$1\r\nab\r\n", ":\r\n", ":1a\r\n", ":99999999999999999999\r\n",
        "#x\r\n",
        "_x\r\n", "=3\r\nabc\r\n", "*-5\r\n", "+a\rb\r\n", "HTTP/1.1 400 Bad Request\r\n", "$?\r\n", "*?\r\n", "|1\r\n",
    ])
    func refuses(_ bytes: String) {
        #expect(throws: MalformedReply.self) { try parse(bytes) }
    }

    @Test func refusesWhatIsOverALimitBeforeItArrives() {
        for bytes in [
            "$1073741824\r\n", "*1073741824\r\n", "%536870912\r\n", "*2\r\n$1073741824\r\n", ">1000000000\r\n",
            String(repeating: "*1\r\n", count: 9) + ":1\r\n", "+" + String(repeating: "x", count: 70_000),
        ] {
            #expect(throws: MalformedReply.self, "\(bytes.prefix(40))") { try parse(bytes) }
        }
        let limits = ReplyLimits(bytes: 100, depth: 2, elements: 5)
        for bytes in ["*5\r\n", "$99\r\n", "*2\r\n*2\r\n:1\r\n:1\r\n*2\r\n", "*1\r\n*1\r\n*1\r\n"] {
            #expect(throws: MalformedReply.self, "\(bytes)") { try parse(bytes, limits: limits) }
        }
        #expect(throws: MalformedReply.self) {
            try parse(
                "*4\r\n" + String(repeating: "$20\r\n" + String(repeating: "x", count: 20) + "\r\n", count: 4),
                limits: limits)
        }
        #expect(throws: Never.self) {
            try parse("*2\r\n$20\r\n" + String(repeating: "x", count: 20) + "\r\n*1\r\n:1\r\n", limits: limits)
        }
    }

    @Test("An answer at a limit is read, and one beyond it is refused")
    func limitsAreExact() throws {
        func reads(_ bytes: String, _ limits: ReplyLimits) -> Bool { (try? parse(bytes, limits: limits).count) == 1 }
        // 5 bytes of header, 94 of text, 2 of end.
        let string = "$94\r\n" + String(repeating: "x", count: 94) + "\r\n"
        #expect(reads(string, .init(bytes: 101)) && !reads(string, .init(bytes: 100)))
        let nested = String(repeating: "*1\r\n", count: 4) + ":1\r\n"
        #expect(reads(nested, .init(depth: 4)) && !reads(nested, .init(depth: 3)))
        let flat = "*4\r\n" + String(repeating: ":1\r\n", count: 4)
        #expect(reads(flat, .init(elements: 5)) && !reads(flat, .init(elements: 4)))
        let map = "%2\r\n" + String(repeating: ":1\r\n", count: 4)
        #expect(reads(map, .init(elements: 5)) && !reads(map, .init(elements: 4)))
        // What an array within announces comes on top of what the outer one did.
        let mixed = "*4\r\n*1\r\n" + String(repeating: "$1\r\nx\r\n", count: 4)
        #expect(reads(mixed, .init(elements: 6)))
        #expect(throws: MalformedReply.self) { try parse(mixed, limits: .init(elements: 5)) }
        // The type is a byte of the line.
        for (count, isRead) in [(65_535, true), (65_536, false)] {
            #expect(reads("+" + String(repeating: "x", count: count) + "\r\n", .init()) == isRead)
        }
        for (number, isRead) in [
            ("9223372036854775807", true), ("9223372036854775808", false), ("-9223372036854775808", true),
            ("-9223372036854775809", false),
        ] {
            #expect(reads(":\(number)\r\n", .init()) == isRead, "\(number)")
        }
    }

    @Test("As much of an answer as may be is waited for, and a single byte is a part of one")
    func waitsForTheRest() throws {
        var parser = ReplyParser(limits: .init(bytes: 100, depth: 2, elements: 5))
        #expect(!parser.isWithinReply)
        parser.append(ByteBuffer(string: "*"))
        let begun = try parser.next()
        #expect(begun == nil && parser.isWithinReply)
        // A hundred bytes that are understood, and a line that isn't complete.
        parser.append(ByteBuffer(string: "3\r\n$89\r\n" + String(repeating: "x", count: 89) + "\r\n"))
        parser.append(ByteBuffer(string: "+" + String(repeating: "x", count: 65_535)))
        let waiting = try parser.next()
        #expect(waiting == nil)
        var short = ReplyParser()
        short.append(ByteBuffer(string: ":1\r\n"))
        let whole = try short.next()
        #expect(whole == .reply(.integer(1)) && !short.isWithinReply)
    }

    /// A large answer in small pieces takes a time in proportion to its size, and is the same.
    @Test func goesOnWhereItWas() throws {
        let value = String(repeating: "v", count: 1000)
        let stream = Array("*4000\r\n".utf8) + Array(String(repeating: "$1000\r\n\(value)\r\n", count: 4000).utf8)
        let pieces = stride(from: 0, to: stream.count, by: 7).map { Array(stream[$0..<min($0 + 7, stream.count)]) }
        let messages = try parse(pieces)
        #expect(messages == [.reply(.array(Array(repeating: text(value), count: 4000)))])
    }

    @Test(arguments: 0..<40)
    func survivesMutations(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let limits = ReplyLimits(bytes: 4096, depth: 4, elements: 64)
        let seeds = [
            "*3\r\n$3\r\nabc\r\n:-17\r\n%1\r\n+a\r\n*2\r\n_\r\n#t\r\n", "$10\r\n0123456789\r\n", "-ERR x\r\n:1\r\n",
            ">2\r\n+message\r\n$1\r\nx\r\n", "~2\r\n,1.5\r\n(12\r\n", "=8\r\ntxt:some\r\n!3\r\nERR\r\n",
        ].map { Array($0.utf8) }
        for _ in 0..<500 {
            var bytes = seeds.randomElement(using: &random)! + seeds.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let index = bytes.indices.randomElement(using: &random)!
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1:
                    bytes.insert(Array("*$:+-%~>=!_#,(0123456789\r\n".utf8).randomElement(using: &random)!, at: index)
                case 2: bytes.remove(at: index)
                default: bytes.append(contentsOf: bytes[index...].prefix(8))
                }
            }
            // Cut anywhere, the same comes out: the same messages, and then the same end.
            #expect(outcome([bytes], limits) == outcome(cut(bytes, &random), limits))
            #expect(outcome([bytes], limits) == outcome(bytes.map { [$0] }, limits))
        }
    }

    private func cut(_ bytes: [UInt8], _ random: inout SplitMix64) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &random)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    private func outcome(_ pieces: [[UInt8]], _ limits: ReplyLimits) -> [String] {
        var parser = ReplyParser(limits: limits)
        var messages: [String] = []
        do {
            for piece in pieces {
                parser.append(ByteBuffer(bytes: piece))
                while let message = try parser.next() { messages.append("\(message)") }
            }
        } catch {
            messages.append("refused")
        }
        return messages
    }
}
