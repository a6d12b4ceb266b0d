import NIOCore
import NIOPosix
import NIOSSL

/// Sends header blocks of exact bytes over HTTP/2 and TLS, a stream each, on one connection for as long as it lasts.
struct RawHTTP2 {
    struct Answer: Equatable {
        /// 200, 400, 404 or 500; 0 for another one.
        var status = 0
        var body = ""
    }

    let port: Int

    /// A header field, or a pseudo-header, as its bytes.
    struct Field {
        var name: [UInt8]
        var value: [UInt8]

        init(_ name: String, _ value: [UInt8]) {
            self.name = Array(name.utf8)
            self.value = value
        }

        init(_ name: String, _ value: String) { self.init(name, Array(value.utf8)) }
    }

    /// The fields of a GET, with a list of `Cookie` fields.
    static func get(_ path: String, cookies: [[UInt8]]) -> [Field] {
        [.init(":method", "GET"), .init(":scheme", "https"), .init(":path", path), .init(":authority", "localhost")]
            + cookies.map { .init("cookie", $0) }
    }

    /// Sends requests of these fields, and returns what each got: `nil` where the server ended the stream or the connection
    /// instead.
    func answers(to requests: [[Field]]) async throws -> [Answer?] {
        let blocks = requests.map { fields in
            fields.flatMap { field -> [UInt8] in [0x00] + Self.text(field.name) + Self.text(field.value) }
        }
        var answers: [Answer?] = []
        while answers.count < blocks.count { answers += try await onOneConnection(Array(blocks[answers.count...])) }
        return answers
    }

    /// HPACK without its tables and codes (RFC 7541, 5.2 and 6.2.2): bytes as they are.
    private static func text(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var length: [UInt8] = [127]
        while rest >= 128 {
            length.append(UInt8(rest % 128) | 0x80)
            rest /= 128
        }
        return length + [UInt8(rest)] + bytes
    }

    /// HEADERS, and CONTINUATION for what is longer than a frame may be.
    private func head(_ block: [UInt8], stream: Int) -> [UInt8] {
        let size = 16_384
        var frames: [UInt8] = []
        for start in stride(from: 0, to: max(block.count, 1), by: size) {
            let end = min(start + size, block.count)
            let ends: UInt8 = end == block.count ? 0x04 : 0
            frames += frame(
                start == 0 ? 1 : 9, flags: ends | (start == 0 ? 0x01 : 0), stream: stream, Array(block[start..<end]))
        }
        return frames
    }

    private func frame(_ type: UInt8, flags: UInt8 = 0, stream: Int = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), type, flags]
            + [UInt8(stream >> 24), UInt8(stream >> 16 & 0xff), UInt8(stream >> 8 & 0xff), UInt8(stream & 0xff)]
            + payload
    }

    private func onOneConnection(_ blocks: [[UInt8]]) async throws -> [Answer?] {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        tls.applicationProtocols = ["h2"]
        let context = try NIOSSLContext(configuration: tls)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let channel = try await bootstrap.connect(host: "localhost", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                try channel.pipeline.syncOperations.addHandler(handler)
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = Connection(input: inbound.makeAsyncIterator())
            var answers: [Answer?] = []
            do {
                let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
                try await outbound.write(ByteBuffer(bytes: preface + frame(4)))
                for (number, block) in blocks.enumerated() {
                    let stream = 2 * number + 1
                    try await outbound.write(ByteBuffer(bytes: head(block, stream: stream)))
                    var answer: Answer? = Answer()
                    var isOpen = true
                    while isOpen {
                        let frame = try await connection.nextFrame()
                        switch frame.type {
                        case 4 where frame.flags & 1 == 0:
                            try await outbound.write(ByteBuffer(bytes: self.frame(4, flags: 1)))
                        case 7:
                            return answers + [nil]
                        case 3 where frame.stream == stream:
                            (answer, isOpen) = (nil, false)
                        case 1 where frame.stream == stream:
                            answer?.status = status(frame.payload)
                            isOpen = frame.flags & 1 == 0
                        case 0 where frame.stream == stream:
                            answer?.body += String(decoding: frame.payload, as: UTF8.self)
                            isOpen = frame.flags & 1 == 0
                        default:
                            break
                        }
                    }
                    answers.append(answer)
                }
            } catch {
                // The connection is gone.
                answers.append(nil)
            }
            return answers
        }
    }

    /// Of the static table, behind updates of the dynamic one's size.
    private func status(_ block: [UInt8]) -> Int {
        switch block.first(where: { $0 & 0xe0 != 0x20 }) {
        case 0x88: 200
        case 0x8c: 400
        case 0x8d: 404
        case 0x8e: 500
        default: 0
        }
    }

    private struct Closed: Error {}

    private struct Connection {
        var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        var received: [UInt8] = []

        mutating func nextFrame() async throws -> (type: UInt8, flags: UInt8, stream: Int, payload: [UInt8]) {
            while true {
                if received.count >= 9 {
                    let length = Int(received[0]) << 16 | Int(received[1]) << 8 | Int(received[2])
                    if received.count >= 9 + length {
                        let stream = received[5..<9].reduce(0) { $0 << 8 | Int($1) }
                        let frame = (received[3], received[4], stream, Array(received[9..<(9 + length)]))
                        received.removeFirst(9 + length)
                        return frame
                    }
                }
                guard let bytes = try await input.next() else { throw Closed() }
                received += Array(buffer: bytes)
            }
        }
    }
}
