/// The public name of a session: 16 random bytes that are not secret and that logs and pages may show.
public struct SessionID: Sendable, Hashable, Comparable {
    package let block: Block16

    @usableFromInline package init(_ block: Block16) {
        self.block = block
    }

    /// Reads the 16 bytes that a store has kept; any other number of bytes gives `nil`.
    @inlinable public init?(bytes: some Collection<UInt8>) {
        guard let block = Block16(bytes) else { return nil }
        self.init(block)
    }

    /// The 16 bytes of the ID, for stores with binary keys.
    public var bytes: [UInt8] { block.bytes }

    /// Reads the 32 lower-case hexadecimal digits that ``description`` writes; any other text gives `nil`.
    public init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var words: [UInt64] = [0, 0]
        for (index, digit) in digits.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            words[index / 16] = words[index / 16] << 4 | UInt64(value)
        }
        self.init(Block16(words[0], words[1]))
    }

    /// Whether the left ID comes first in the order of bytes.
    public static func < (left: Self, right: Self) -> Bool {
        (left.block.high, left.block.low) < (right.block.high, right.block.low)
    }
}

extension SessionID: CustomStringConvertible {
    /// The ID as 32 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            for index in 0..<32 {
                let word = index < 16 ? block.high : block.low
                let digit = UInt8(truncatingIfNeeded: word >> (60 - 4 * UInt64(index % 16))) & 15
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 32
        }
    }
}
