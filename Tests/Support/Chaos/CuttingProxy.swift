import NIOCore
import NIOPosix
import SessionsTesting
import Synchronization

/// Passes bytes on between clients and a server, and cuts each connection after a number of bytes of its own: in the middle of
/// a command or of a reply.
package final class CuttingProxy: Sendable {
    private struct State {
        var random: SplitMix64
        var cuts = 0
        var isCutting = true
    }

    private final class Dice: Sendable {
        let state: Mutex<State>
        let bytes: Range<Int>

        init(seed: UInt64, bytes: Range<Int>) {
            state = Mutex(State(random: SplitMix64(seed: seed)))
            self.bytes = bytes
        }

        /// After how many bytes of one direction a connection is cut.
        func throwDice() -> Int { state.withLock { $0.random.below(bytes.count) + bytes.lowerBound } }

        var isCutting: Bool { state.withLock { $0.isCutting } }

        func countCut() { state.withLock { $0.cuts += 1 } }
    }

    package let port: Int
    private let channel: any Channel
    private let dice: Dice

    /// How many connections were cut.
    package var cuts: Int { dice.state.withLock { $0.cuts } }

    /// - Parameters:
    ///   - port: where the server listens on this machine
    ///   - bytes: how many bytes of commands, and how many of replies, get through before the cut
    package init(to port: Int, seed: UInt64, cuttingAfter bytes: Range<Int>) async throws {
        let dice = Dice(seed: seed, bytes: bytes)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { client in
                // On one event loop, so that the two ends need no lock.
                ClientBootstrap(group: client.eventLoop)
                    .channelInitializer { server in
                        server.eventLoop.makeCompletedFuture {
                            try server.pipeline.syncOperations.addHandler(Forwarder(to: client, dice))
                        }
                    }
                    .connect(host: "127.0.0.1", port: port)
                    .flatMap { server in
                        client.eventLoop.makeCompletedFuture {
                            try client.pipeline.syncOperations.addHandler(Forwarder(to: server, dice))
                        }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = channel.localAddress?.port ?? 0
        self.dice = dice
    }

    /// Passes everything on from now on, until its end.
    package func stopCutting() { dice.state.withLock { $0.isCutting = false } }

    package func close() async throws { try await channel.close().get() }

    /// One direction.
    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let other: any Channel
        private let dice: Dice
        private var left: Int

        init(to other: any Channel, _ dice: Dice) {
            self.other = other
            self.dice = dice
            left = dice.throwDice()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard left > 0 else { return }
            var bytes = unwrapInboundIn(data)
            guard dice.isCutting else { return other.writeAndFlush(bytes, promise: nil) }
            if let part = bytes.readSlice(length: min(left, bytes.readableBytes)) {
                left -= part.readableBytes
                other.writeAndFlush(part, promise: nil)
            }
            guard left == 0 else { return }
            dice.countCut()
            other.close(promise: nil)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
