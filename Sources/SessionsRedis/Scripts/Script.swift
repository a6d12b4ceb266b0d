import Crypto
import SessionsRedisClient

/// A Lua script, known to servers by its SHA-1.
struct Script: Sendable {
    let source: String
    /// 40 lower-case hexadecimal digits.
    let digest: String
    /// Whether the script does nothing after the moment that is its first argument.
    let isFenced: Bool

    init(_ body: String, isFenced: Bool = false) {
        self.isFenced = isFenced
        let source = isFenced ? Self.fence + body : body
        self.source = source
        // The name that Redis gives it; nothing secret depends on it.
        digest = Insecure.SHA1.hash(data: Array(source.utf8)).map(Self.hex).joined()
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

    /// Answers with Redis's clock where that is past the first argument: this is what keeps a commit from being applied after
    /// its caller was told that it failed.
    private static let fence = """
        local clock = redis.call('TIME')
        local milliseconds = clock[1] * 1000 + math.floor(clock[2] / 1000)
        if milliseconds > tonumber(ARGV[1]) then return string.format('%.0f', milliseconds) end

        """

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
