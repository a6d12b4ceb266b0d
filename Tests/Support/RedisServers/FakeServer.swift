import Foundation
import NIOCore
import NIOPosix
import SessionsRedisClient
import Synchronization

/// Something that listens like Redis and answers as a test says.
package final class FakeServer: Sendable {
    package enum Answer: Sendable {
        case bytes(String)
        /// Sends this and closes the connection.
        case lastBytes(String)
        /// Answers nothing more on this connection.
        case silence
        /// Sends this once the gate is open.
        case held(String, until: Gate)
    }

    package typealias Script = @Sendable (_ command: [String]) -> Answer?

    package let port: Int
    private let channel: any Channel
    private let log: Log

    private final class Log: Sendable {
        let commands = Mutex<[[String]]>([])
        let open = Mutex(0)
        let accepted = Mutex(0)
    }

    /// How many connections it has had.
    package var acceptedConnections: Int { log.accepted.withLock { $0 } }

    /// How many connections it has.
    package var openConnections: Int { log.open.withLock { $0 } }

    /// Every command that arrived.
    package var received: [[String]] { log.commands.withLock { $0 } }

    /// - Parameter script: the answer to a command, or `nil` for that of a healthy, empty server
    package init(_ script: @escaping Script) async throws {
        let log = Log()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script, log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.log = log
    }

    package func close() async throws { try await channel.close().get() }

    package static func healthy(_ command: [String]) -> String {
        func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
        switch command.first {
        case "HELLO": return "%3\r\n+proto\r\n:3\r\n+mode\r\n+standalone\r\n+role\r\n+master\r\n"
        case "INFO":
            return bulk(
                "redis_version:7.0.0\r\nredis_mode:standalone\r\nrole:master\r\ncluster_enabled:0\r\nmaxmemory_policy:noeviction\r\n"
            )
        case "CONFIG": return "*2\r\n" + bulk("maxmemory-policy") + bulk("noeviction")
        case "TIME":
            let time = Int(Date().timeIntervalSince1970 * 1000)
            return "*2\r\n" + bulk("\(time / 1000)") + bulk("\(time % 1000 * 1000)")
        case "ROLE": return "*1\r\n" + bulk("master")
        case "HGETALL": return "%0\r\n"
        // The script that checks a server's health takes a key and a moment, and answers with 1.
        case "EVALSHA", "EVAL": return command.count == 5 ? ":1\r\n" : "$-1\r\n"
        default: return "+OK\r\n"
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let script: Script
        private let log: Log
        private var parser = ReplyParser()
        private var isSilent = false
        /// Answers that wait for a gate, or behind one that does.
        private var outbox: [(text: String, gate: Gate?)] = []

        init(_ script: @escaping Script, _ log: Log) {
            self.script = script
            self.log = log
        }

        func channelActive(context: ChannelHandlerContext) {
            log.open.withLock { $0 += 1 }
            log.accepted.withLock { $0 += 1 }
        }

        func channelInactive(context: ChannelHandlerContext) { log.open.withLock { $0 -= 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            parser.append(unwrapInboundIn(data))
            while case .reply(.array(let parts))? = try? parser.next() {
                let command = parts.compactMap(\.text)
                log.commands.withLock { $0.append(command) }
                if isSilent { continue }
                switch script(command) ?? .bytes(FakeServer.healthy(command)) {
                case .bytes(let text): answer(text, nil, context)
                case .lastBytes(let text):
                    answer(text, nil, context)
                    context.close(promise: nil)
                case .held(let text, let gate): answer(text, gate, context)
                case .silence: isSilent = true
                }
            }
        }

        /// Sends it after all answers before it.
        private func answer(_ text: String, _ gate: Gate?, _ context: ChannelHandlerContext) {
            outbox.append((text, gate))
            if outbox.count == 1 { flush(context) }
        }

        private func flush(_ context: ChannelHandlerContext) {
            while let (text, gate) = outbox.first {
                if let gate, !gate.isOpen {
                    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                    return gate.whenOpen(on: context.eventLoop) { bound.value.0.flush(bound.value.1) }
                }
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                outbox.removeFirst()
            }
        }
    }
}
