import Sessions

/// A Lua script, known to servers by its SHA-1.
struct Script: Sendable {
    let source: String
    /// 40 lower-case hexadecimal digits.
    let digest: String

    init(_ source: String) {
        self.source = source
        digest = SHA1.hexDigest(of: source)
    }

    /// A command that runs the script.
    ///
    /// - Parameters:
    ///   - keys: all in one slot, the first one deciding it
    ///   - arguments: appends what the script finds in `ARGV`
    func command(
        _ keys: [[UInt8]], capacity: Int = 512, bySource: Bool = false, arguments: (inout RedisCommand) -> Void
    ) -> RedisCommand {
        var command =
            bySource
            ? RedisCommand("EVAL", key: keys[0], effect: .write, capacity: capacity + source.utf8.count)
            : RedisCommand("EVALSHA", key: keys[0], effect: .write, capacity: capacity)
        command.append(bySource ? source : digest)
        command.append(Int64(keys.count))
        for key in keys { command.append(key) }
        arguments(&command)
        return command
    }
}

/// The digest that Redis names scripts by. Nothing secret depends on it.
enum SHA1 {
    static func hexDigest(of text: String) -> String {
        var message = Array(text.utf8)
        let bits = UInt64(message.count) * 8
        message.append(0x80)
        while message.count % 64 != 56 { message.append(0) }
        withUnsafeBytes(of: bits.bigEndian) { message.append(contentsOf: $0) }
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        var words = [UInt32](repeating: 0, count: 80)
        for block in stride(from: 0, to: message.count, by: 64) {
            for word in 0..<16 {
                words[word] = (0..<4).reduce(0) { $0 << 8 | UInt32(message[block + 4 * word + $1]) }
            }
            for word in 16..<80 {
                words[word] = rotate(words[word - 3] ^ words[word - 8] ^ words[word - 14] ^ words[word - 16], 1)
            }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for round in 0..<80 {
                let (mix, constant): (UInt32, UInt32) =
                    switch round {
                    case 0..<20: (b & c | ~b & d, 0x5a82_7999)
                    case 20..<40: (b ^ c ^ d, 0x6ed9_eba1)
                    case 40..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
                    default: (b ^ c ^ d, 0xca62_c1d6)
                    }
                (a, b, c, d, e) = (rotate(a, 5) &+ mix &+ e &+ constant &+ words[round], a, rotate(b, 30), c, d)
            }
            state = zip(state, [a, b, c, d, e]).map { $0 &+ $1 }
        }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
