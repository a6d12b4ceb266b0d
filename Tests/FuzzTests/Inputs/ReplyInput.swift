import NIOCore

@testable import SessionsRedisClient

/// An input of the fuzzer: bytes that a server might send, after one byte that says where they are cut.
struct ReplyInput {
    private static let limits = ReplyLimits(bytes: 4096, depth: 4, elements: 64)

    private let bytes: [UInt8]
    private let step: Int

    /// Reads what the fuzzer made; it takes two bytes.
    init?(_ input: some Collection<UInt8>) {
        guard let first = input.first, input.count > 1 else { return nil }
        bytes = Array(input.dropFirst())
        step = Int(first) % bytes.count + 1
    }

    /// What the parser does wrong with these bytes, or `nil`: it ends, keeps its limits, and says the same wherever they are cut.
    var fault: String? {
        let pieces = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
        let (whole, cut) = (Self.outcome([bytes]), Self.outcome(pieces))
        if let over = whole.first(where: { $0.hasPrefix(Self.over) }) { return over }
        return whole == cut ? nil : "cut after every \(step) bytes, it reads otherwise"
    }

    private static let over = "over the limit"

    private static func outcome(_ pieces: [[UInt8]]) -> [String] {
        var parser = ReplyParser(limits: limits)
        var seen: [String] = []
        do {
            for piece in pieces {
                parser.append(ByteBuffer(bytes: piece))
                while let message = try parser.next() {
                    switch message {
                    case .reply(let reply), .push(let reply):
                        seen.append(isWithinLimits(reply, depth: 0) ? "\(message)" : "\(over): \(message)")
                    }
                }
            }
        } catch {
            seen.append("refused")
        }
        return seen
    }

    private static func isWithinLimits(_ reply: RedisReply, depth: Int) -> Bool {
        guard depth <= limits.depth else { return false }
        switch reply {
        case .array(let values):
            return values.count <= limits.elements && values.allSatisfy { isWithinLimits($0, depth: depth + 1) }
        case .bytes(let bytes): return bytes.count <= limits.bytes
        default: return true
        }
    }
}
