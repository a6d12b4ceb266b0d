import SessionsRedisClient
import Testing

@Suite(.timeLimit(.minutes(10))) struct CommandTests {
    @Test func argumentsAreWhatWasAppended() {
        var command = RedisCommand("EVALSHA", key: [1], effect: .write)
        command.append("")
        command.append([13, 10, 0, 255])
        command.append(Int64.min)
        command.append(String(repeating: "x", count: 1234))
        #expect(
            command.arguments == [
                Array("EVALSHA".utf8), [], [13, 10, 0, 255], Array("-9223372036854775808".utf8),
                [UInt8](repeating: UInt8(ascii: "x"), count: 1234),
            ])
        #expect(command.count == 5)
    }
}
