import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import SessionsRedisClient

/// What an open connection is looked at for each second, on an event loop and by a clock that the tests move.
@Suite(.timeLimit(.minutes(10))) struct WatchTests {
    private final class Bench {
        private final class Counter: Sendable {
            let count = Mutex(0)
        }

        private let clock = ManualClock()
        private let loop = EmbeddedEventLoop()
        private let silences = Counter()
        private let channel: EmbeddedChannel
        let connection: ConnectionHandler

        /// A connection whose greeting is over.
        init(_ mode: ServerProfile.Mode = .single) throws {
            var configuration = RedisClientConfiguration(silenceTimeout: .seconds(15))
            configuration.now = { [clock] in clock.now }
            let link = Link(
                to: .init(host: "127.0.0.1", port: 1), on: loop, profile: try ServerProfile(configuration, mode: mode),
                reach: Reach(configuration), whenSilent: { [silences] in silences.count.withLock { $0 += 1 } })
            connection = ConnectionHandler(link)
            channel = EmbeddedChannel(loop: loop)
            try channel.pipeline.syncOperations.addHandler(connection)
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            connection.begin(greetingBy: .now + .seconds(3600))
            let name = mode == .cluster ? "cluster" : "standalone"
            try answer("%2\r\n+mode\r\n+\(name)\r\n+role\r\n+master\r\n")
            #expect(try sent() == ["HELLO"])
        }

        /// How often it was told that the server owes an answer and says nothing.
        var timesSilent: Int { silences.count.withLock { $0 } }

        var isOpen: Bool { channel.isActive }

        func answer(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

        /// The names of the commands that were sent since this was asked last.
        func sent() throws -> [String] {
            var parser = ReplyParser()
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { parser.append(bytes) }
            var names: [String] = []
            while case .reply(.array(let parts))? = try parser.next() { names.append(parts.first?.text ?? "") }
            return names
        }

        /// Sends a command of a caller's.
        func send(isAsking: Bool = false) -> PendingCommand {
            let command = PendingCommand(
                RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(3600), isAsking: isAsking)
            connection.send([command])
            return command
        }

        /// The connection is looked at after this time, by the clock.
        func look(after span: Duration = .zero) {
            clock.advance(by: span)
            loop.advanceTime(by: .seconds(1))
        }

        func advance(by span: Duration) { clock.advance(by: span) }
    }

    @Test("An answer is late by when it was asked for, however long there was nothing to ask")
    func silenceBeginsWithAQuestion() throws {
        let bench = try Bench()
        bench.advance(by: .seconds(1000))
        let command = bench.send()
        bench.look()
        #expect(bench.timesSilent == 0 && bench.isOpen && !command.isFinished)
        // So is an answer to the connection's own question.
        let idle = try Bench()
        idle.look(after: .seconds(1000))
        #expect(try idle.sent() == ["ROLE"])
        idle.look()
        #expect(idle.timesSilent == 0 && idle.isOpen)
        idle.look(after: .seconds(2) + .nanoseconds(1))
        #expect(idle.timesSilent == 1)
    }

    @Test("A server that owes an answer and says nothing for more than two seconds is told of each second")
    func silenceIsTold() throws {
        let bench = try Bench()
        _ = bench.send()
        bench.look(after: .seconds(2))
        #expect(bench.timesSilent == 0)
        bench.look(after: .nanoseconds(1))
        bench.look()
        #expect(bench.timesSilent == 2)
        // Anything that is heard ends it, although another answer is owed still.
        try bench.answer("+OK\r\n")
        bench.look(after: .seconds(2))
        #expect(bench.timesSilent == 2)
        bench.look(after: .nanoseconds(1))
        #expect(bench.timesSilent == 3)
        // A further question doesn't.
        _ = bench.send()
        bench.look()
        #expect(bench.timesSilent == 4)
    }

    @Test("A connection on which nothing comes back for longer than it may is closed, and not looked at any more")
    func silenceEndsAConnection() throws {
        let bench = try Bench()
        let command = bench.send()
        bench.look(after: .seconds(15))
        #expect(bench.isOpen && !command.isFinished && bench.timesSilent == 1)
        #expect(try bench.sent() == ["GET", "ROLE"])
        bench.look(after: .nanoseconds(1))
        #expect(!bench.isOpen && command.isFinished && bench.timesSilent == 1)
        for _ in 0..<3 { bench.look(after: .seconds(60)) }
        #expect(try bench.sent() == [] && bench.timesSilent == 1)
    }

    @Test("The role is asked for each second, one question at a time, and a server that is no primary any more is left")
    func theRoleIsAskedFor() throws {
        let bench = try Bench()
        for answer in ["*1\r\n$6\r\nmaster\r\n", "*0\r\n", "*1\r\n:5\r\n", "+slave\r\n", "-NOPERM no\r\n"] {
            bench.look()
            #expect(try bench.sent() == ["ROLE"])
            bench.look()
            #expect(try bench.sent() == [], "it is asked already")
            try bench.answer(answer)
            #expect(bench.isOpen, "\(answer)")
        }
        bench.look()
        let command = bench.send()
        try bench.answer("*1\r\n$5\r\nslave\r\n")
        #expect(!bench.isOpen && command.isFinished)
        let node = try Bench(.cluster)
        node.look()
        #expect(try node.sent() == ["PING"], "a node of a cluster tells by itself what it has lost")
        try node.answer("*1\r\n$5\r\nslave\r\n")
        #expect(node.isOpen)
    }

    @Test("A connection that has ended is freed")
    func anEndedConnectionIsFreed() throws {
        weak var connection: ConnectionHandler?
        do {
            let bench = try Bench()
            connection = bench.connection
            _ = bench.send()
            #expect(connection != nil)
            bench.connection.close(.disconnected, "it was given up")
            bench.look()
        }
        #expect(connection == nil)
    }

    @Test("The answer to ASKING is nobody's, and the next one is the command's")
    func askingHasAnAnswerOfItsOwn() throws {
        let bench = try Bench(.cluster)
        let command = bench.send(isAsking: true)
        #expect(try bench.sent() == ["ASKING", "GET"])
        try bench.answer("+OK\r\n")
        #expect(!command.isFinished)
        try bench.answer("+value\r\n")
        #expect(command.isFinished && bench.isOpen)
    }
}
