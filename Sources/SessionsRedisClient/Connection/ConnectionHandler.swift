import NIOCore
import NIOSSL

/// One connection: writes commands, and gives each answer to the command whose turn it is.
///
/// A command that was sent keeps its turn until its answer came, whether or not a caller still waits for it. When the
/// order can't be trusted any more, the connection is closed and what it had sent has an unknown outcome.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Turn {
        case command(PendingCommand)
        /// An answer that is thrown away.
        case dropped
        case own((RedisReply) -> Void)
    }

    private let link: Link
    private var parser: ReplyParser
    private var turns = CircularBuffer<Turn>(initialCapacity: 64)
    private var context: ChannelHandlerContext?
    private var ending = (reason: LinkFailure.Reason.disconnected, message: "")
    private var isEnding = false
    private var isOpen = false
    /// Since when an answer has been owed and nothing was heard.
    private var silentSince = ContinuousClock.now
    private var watchdog: Scheduled<Void>?
    private var isAsked = false

    init(_ link: Link) {
        self.link = link
        parser = ReplyParser(limits: link.configuration.limits)
        ending.message = "Redis at \(link.server): the connection ended"
    }

    // MARK: - Sending

    func send(_ commands: [PendingCommand]) {
        guard let context, !isEnding else {
            return link.drop(commands, ending.reason, ending.message)
        }
        var size = 0
        for command in commands { size += command.command.body.count + 40 }
        noteBeginning()
        var buffer = context.channel.allocator.buffer(capacity: size)
        for command in commands {
            guard command.markSent() else {
                link.release(1)
                continue
            }
            if command.isAsking {
                buffer.writeStaticString("*1\r\n$6\r\nASKING\r\n")
                turns.append(.dropped)
            }
            buffer.write(command.command)
            turns.append(.command(command))
        }
        if buffer.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(buffer), promise: nil) }
    }

    /// Sends a command of the connection's own.
    private func ask(_ command: RedisCommand, _ answer: @escaping (RedisReply) -> Void) {
        guard let context, !isEnding else { return }
        noteBeginning()
        var buffer = context.channel.allocator.buffer(capacity: command.body.count + 16)
        buffer.write(command)
        turns.append(.own(answer))
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Where no answer is owed yet, silence counts from here, however long there was nothing to say.
    private func noteBeginning() { if turns.isEmpty { silentSince = link.configuration.now() } }

    func forEachPending(_ look: (PendingCommand) -> Void) {
        for case .command(let command) in turns { look(command) }
    }

    /// Is over at once for every caller that waits, however long the channel takes to close: with TLS that is up to some seconds.
    func close(_ reason: LinkFailure.Reason, _ why: String) {
        guard !isEnding else { return }
        isEnding = true
        ending = (reason, "Redis at \(link.server): \(why)")
        watchdog?.cancel()
        let unanswered = turns.compactMap { if case .command(let command) = $0 { command } else { nil } }
        turns.removeAll()
        link.drop(unanswered, ending.reason, ending.message)
        link.closed(self, ending.reason, ending.message)
        context?.close(promise: nil)
    }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Greets the server; the link hears of how that ends.
    func begin(greetingBy end: ContinuousClock.Instant) {
        let wait = TimeAmount(clamping: max(end - .now, .zero))
        link.eventLoop.assumeIsolated().scheduleTask(in: wait) { [weak self] in
            guard let self, !isOpen else { return }
            let doubt = link.profile.tlsContext == nil ? "does it expect TLS there?" : "does it speak TLS there?"
            close(.disconnected, "the greeting got no answer in time; \(doubt)")
        }
        Handshake(profile: link.profile, ask: ask) { [self] result in
            switch result {
            case .success: opened()
            case .failure(let refusal): close(refusal.isPermanent ? .refused : .disconnected, refusal.message)
            }
        }.begin()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isEnding { return }
        parser.append(unwrapInboundIn(data))
        silentSince = link.configuration.now()
        link.reach.hear(at: silentSince)
        do {
            while !isEnding, let message = try parser.next() {
                guard case .reply(let reply) = message else { continue }
                switch turns.popFirst() {
                case .command(let command):
                    link.release(1)
                    command.succeed(reply.from(link.server))
                case .own(let answer): answer(reply)
                case .dropped: break
                case nil: return close(.disconnected, "it sent an answer that nothing had asked for")
                }
            }
        } catch {
            close(.disconnected, "it sent \(error), which no Redis server does; does something else listen there?")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let text = "\(error)"
        let isCertificate =
            error as? NIOSSLExtraError == .failedToValidateHostname || text.contains("CERTIFICATE_VERIFY_FAILED")
        close(
            isCertificate ? .refused : .disconnected,
            isCertificate
                ? "its certificate isn't valid for this name, or no trusted authority signed it (\(text)); "
                    + "check the host in the URL and the authorities file"
                : "the connection failed: \(text)")
    }

    func channelInactive(context: ChannelHandlerContext) {
        let isInside = parser.isWithinReply
        close(.disconnected, isInside ? "it closed the connection within an answer" : "it closed the connection")
    }

    // MARK: - Watching over an open connection

    private func opened() {
        isOpen = true
        watch()
        link.opened(self)
    }

    /// Ends a connection on which nothing comes back, or whose server is no primary any more.
    private func watch() {
        guard let context, !isEnding else { return }
        let interval = TimeAmount(clamping: link.configuration.watchInterval)
        watchdog = context.eventLoop.assumeIsolated().scheduleTask(in: interval) { [weak self] in
            guard let self else { return }
            let silence = turns.isEmpty ? .zero : silentSince.duration(to: link.configuration.now())
            if silence > link.configuration.silenceTimeout {
                return close(.disconnected, "it has said nothing for \(link.configuration.silenceTimeout)")
            }
            if silence > .seconds(2) { link.whenSilent() }
            if !isAsked { askForRole() }
            watch()
        }
    }

    private func askForRole() {
        isAsked = true
        // A node of a cluster tells by itself about slots that it lost.
        let isSingle = link.profile.mode == .single
        ask(RedisCommand(isSingle ? "ROLE" : "PING", key: [], effect: .read)) { [weak self] reply in
            self?.isAsked = false
            guard isSingle, case .array(let parts) = reply, let role = parts.first?.text, role != "master" else {
                return
            }
            self?.close(.disconnected, Handshake.replicaMessage)
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ command: RedisCommand) {
        writeInteger(UInt8(ascii: "*"))
        if command.count < 10 {
            writeInteger(UInt8(ascii: "0") + UInt8(command.count))
        } else {
            writeString(String(command.count))
        }
        writeStaticString("\r\n")
        writeBytes(command.body)
    }
}
