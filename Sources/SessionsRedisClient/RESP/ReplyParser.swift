package import NIOCore

/// Reads RESP2 and RESP3 answers from a stream of bytes that is cut anywhere.
///
/// It remembers where it was: what arrived is looked at once, however large the answer and however small the pieces.
/// Nothing is allocated for what a length only announces.
package struct ReplyParser {
    package enum Message: Hashable {
        case reply(RedisReply)
        /// An out-of-band message, which answers no command.
        case push(RedisReply)
    }

    /// One value, by its place from the start of the answer.
    private struct Token {
        enum Kind { case null, integer, bytes, error, array }
        var kind: Kind
        var start = 0
        /// Bytes, or elements of an array.
        var count = 0
        var integer: Int64 = 0
    }

    private let limits: ReplyLimits
    private var buffer = ByteBuffer()
    /// Bytes of the current answer that are understood.
    private var position = 0
    /// Where to go on looking for the end of a line.
    private var scanned = 0
    private var tokens: [Token] = []
    /// How many elements each open array still lacks.
    private var open: [Int] = []
    private var isPush = false
    /// The bytes and kind of a bulk string whose header was read.
    private var awaited: (count: Int, kind: UInt8)?

    package init(limits: ReplyLimits = .init()) {
        self.limits = limits
    }

    package mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            if buffer.readerIndex > 64 * 1024 { buffer.discardReadBytes() }
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// Whether bytes of an answer that isn't complete are waiting for the rest.
    var isWithinReply: Bool { buffer.readableBytes > 0 }

    /// Returns the next complete message, or `nil` until more bytes arrive; after it threw, the stream is of no use.
    package mutating func next() throws(MalformedReply) -> Message? {
        guard try readTokens() else {
            guard max(position, buffer.readableBytes) <= limits.bytes + ReplyLimits.lineBytes else {
                throw tooLarge()
            }
            return nil
        }
        let reply = build()
        let wasPush = isPush
        position = 0
        scanned = 0
        isPush = false
        return wasPush ? .push(reply) : .reply(reply)
    }

    /// Reads what is here of an answer, and returns whether that is all of it.
    private mutating func readTokens() throws(MalformedReply) -> Bool {
        // A handle of its own on the bytes, which are read in place while everything beside them changes.
        let buffer = buffer
        return try buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(MalformedReply) in
                repeat {
                    guard try readToken(bytes) else { return false }
                    guard position <= limits.bytes else { throw tooLarge() }
                } while !open.isEmpty
                return true
            }
        }.get()
    }

    /// Reads one value or the head of one array, if all of it is here.
    private mutating func readToken(_ bytes: UnsafeRawBufferPointer) throws(MalformedReply) -> Bool {
        if let awaited { return try readBulk(awaited.count, awaited.kind, bytes) }
        guard let line = try readLine(bytes) else { return false }
        let type = line.type
        switch type {
        case UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: "("):
            try add(Token(kind: .bytes, start: line.start, count: line.rest.count))
        case UInt8(ascii: "-"):
            try add(Token(kind: .error, start: line.start, count: line.rest.count))
        case UInt8(ascii: ":"):
            try add(Token(kind: .integer, integer: try number(line.rest)))
        case UInt8(ascii: "_"):
            guard line.rest.isEmpty else { throw MalformedReply("a null with a value") }
            try add(Token(kind: .null))
        case UInt8(ascii: "#"):
            let value = line.rest.count == 1 ? line.rest[0] : 0
            guard value == UInt8(ascii: "t") || value == UInt8(ascii: "f") else {
                throw MalformedReply("a boolean that is neither t nor f")
            }
            try add(Token(kind: .integer, integer: value == UInt8(ascii: "t") ? 1 : 0))
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            let count = try length(line.rest)
            guard let count else {
                try add(Token(kind: .null))
                return true
            }
            guard position + count + 2 <= limits.bytes else { throw tooLarge() }
            awaited = (count, type)
            return try readBulk(count, type, bytes)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: ">"):
            guard let count = try length(line.rest) else {
                try add(Token(kind: .null))
                return true
            }
            if type == UInt8(ascii: ">") {
                guard tokens.isEmpty else { throw MalformedReply("a push message inside an answer") }
                isPush = true
            }
            try openArray(type == UInt8(ascii: "%") ? count * 2 : count)
        default:
            throw MalformedReply("a value that begins with byte \(type)")
        }
        return true
    }

    private mutating func readBulk(
        _ count: Int, _ type: UInt8, _ bytes: UnsafeRawBufferPointer
    ) throws(MalformedReply) -> Bool {
        guard bytes.count >= position + count + 2 else { return false }
        guard bytes[position + count] == UInt8(ascii: "\r"), bytes[position + count + 1] == UInt8(ascii: "\n") else {
            throw MalformedReply("a string that is longer than its length")
        }
        awaited = nil
        var token = Token(kind: type == UInt8(ascii: "!") ? .error : .bytes, start: position, count: count)
        if type == UInt8(ascii: "=") {
            guard count >= 4 else { throw MalformedReply("a verbatim string without its format") }
            token.start += 4
            token.count -= 4
        }
        position += count + 2
        scanned = position
        try add(token)
        return true
    }

    /// Takes a line off, if its end is here: the type byte, and the rest of it with its place.
    private mutating func readLine(
        _ bytes: UnsafeRawBufferPointer
    ) throws(MalformedReply) -> (type: UInt8, start: Int, rest: UnsafeRawBufferPointer)? {
        var end = min(scanned, bytes.count)
        while end < bytes.count, bytes[end] != UInt8(ascii: "\r") { end += 1 }
        guard end - position <= ReplyLimits.lineBytes else {
            throw MalformedReply("a line of more than \(ReplyLimits.lineBytes) bytes")
        }
        scanned = end
        guard bytes.count > end + 1 else { return nil }
        guard bytes[end + 1] == UInt8(ascii: "\n"), end > position else {
            throw MalformedReply("a line without a type or a proper end")
        }
        let start = position + 1
        let line = (bytes[position], start, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        position = end + 2
        scanned = position
        return line
    }

    private mutating func add(_ token: Token) throws(MalformedReply) {
        tokens.append(token)
        guard tokens.count <= limits.elements else {
            throw MalformedReply("an answer of more than \(limits.elements) values")
        }
        while let last = open.indices.last {
            open[last] -= 1
            if open[last] > 0 { return }
            open.removeLast()
        }
    }

    private mutating func openArray(_ count: Int) throws(MalformedReply) {
        guard tokens.count + count < limits.elements else {
            throw MalformedReply("an answer of more than \(limits.elements) values")
        }
        guard count > 0 else { return try add(Token(kind: .array)) }
        tokens.append(Token(kind: .array, count: count))
        guard open.count < limits.depth else {
            throw MalformedReply("an answer of more than \(limits.depth) arrays within each other")
        }
        open.append(count)
    }

    /// A length that isn't negative; `nil` for -1, the null of RESP2.
    private func length(_ text: UnsafeRawBufferPointer) throws(MalformedReply) -> Int? {
        let number = try number(text)
        if number == -1 { return nil }
        guard number >= 0 else { throw MalformedReply("a negative length") }
        guard number <= limits.bytes else { throw tooLarge() }
        return Int(number)
    }

    private func number(_ text: UnsafeRawBufferPointer) throws(MalformedReply) -> Int64 {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard (1...19).contains(digits.count) else { throw MalformedReply("a number that is none") }
        var value: Int64 = 0
        for digit in digits {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let step = Int64(digit) - Int64(UInt8(ascii: "0"))
            let (next, isOver) =
                isNegative ? product.subtractingReportingOverflow(step) : product.addingReportingOverflow(step)
            guard (0...9).contains(step), !isTooLarge, !isOver else { throw MalformedReply("a number that is none") }
            value = next
        }
        return value
    }

    private func tooLarge() -> MalformedReply {
        MalformedReply("an answer of more than \(limits.bytes) bytes")
    }

    /// Makes the value of the tokens; its strings share one copy of the bytes.
    private mutating func build() -> RedisReply {
        let bytes = buffer.readBytes(length: position) ?? []
        if buffer.readableBytes == 0 { buffer.clear() }
        defer { tokens.removeAll(keepingCapacity: true) }
        var next = 0
        return value(&next, bytes)
    }

    private func value(_ next: inout Int, _ bytes: [UInt8]) -> RedisReply {
        let token = tokens[next]
        next += 1
        switch token.kind {
        case .null: return .null
        case .integer: return .integer(token.integer)
        case .bytes: return .bytes(bytes[token.start..<token.start + token.count])
        case .error:
            return .error(.init(String(decoding: bytes[token.start..<token.start + token.count], as: UTF8.self)))
        case .array:
            var values: [RedisReply] = []
            values.reserveCapacity(token.count)
            for _ in 0..<token.count { values.append(value(&next, bytes)) }
            return .array(values)
        }
    }
}
