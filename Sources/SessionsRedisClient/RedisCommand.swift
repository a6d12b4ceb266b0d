/// One command: a name, arguments, and the key that decides which node of a cluster gets it.
public struct RedisCommand: Sendable {
    /// Whether a command may be sent again when its answer was lost.
    public enum Effect: Sendable {
        /// Changes nothing, so it may be sent again when its answer was lost.
        case read
        /// Must not be sent again unless it is known not to have been applied.
        case write
    }

    /// The key that chooses the node; every other key of the command is in the same slot.
    public let key: [UInt8]
    /// Whether the command may be sent again when its answer was lost.
    public let effect: Effect
    /// The number of arguments, the command's name among them.
    public private(set) var count = 0
    /// The arguments as RESP bulk strings, one after the other, without the array's header.
    private(set) var body: [UInt8] = []

    /// Makes a command that has its name and no further argument yet.
    ///
    /// - Parameters:
    ///   - name: the command's name, such as `HSET`
    ///   - key: the key that chooses the node
    ///   - effect: whether the command may be sent again when its answer was lost
    ///   - capacity: the bytes that the arguments will take, roughly
    public init(_ name: StaticString, key: [UInt8], effect: Effect, capacity: Int = 128) {
        self.key = key
        self.effect = effect
        body.reserveCapacity(capacity)
        name.withUTF8Buffer { append(UnsafeRawBufferPointer($0)) }
    }

    /// The arguments one by one, the command's name first, as a client of your own takes them.
    public var arguments: [[UInt8]] {
        var found: [[UInt8]] = []
        found.reserveCapacity(count)
        var index = 0
        while index < body.count {
            var length = 0
            index += 1
            while body[index] != UInt8(ascii: "\r") {
                length = length * 10 + Int(body[index] - UInt8(ascii: "0"))
                index += 1
            }
            index += 2
            found.append(Array(body[index..<index + length]))
            index += length + 2
        }
        return found
    }

    /// Appends an argument of any bytes.
    public mutating func append(_ argument: [UInt8]) {
        argument.withUnsafeBytes { append($0) }
    }

    /// Appends a text as UTF-8.
    public mutating func append(_ argument: String) {
        var argument = argument
        argument.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a number in decimal digits.
    public mutating func append(_ number: Int64) {
        append(String(number))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += 1
        body.append(UInt8(ascii: "$"))
        body.append(decimal: bytes.count)
        body.append(UInt8(ascii: "\r"))
        body.append(UInt8(ascii: "\n"))
        body.append(contentsOf: bytes)
        body.append(UInt8(ascii: "\r"))
        body.append(UInt8(ascii: "\n"))
    }
}

extension [UInt8] {
    /// Appends a number that isn't negative in decimal digits.
    mutating func append(decimal number: Int) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}

extension RedisCommand {
    /// Creates a command whose first argument is its key.
    package init(_ name: StaticString, on key: [UInt8], effect: Effect) {
        self.init(name, key: key, effect: effect)
        append(key)
    }
}
