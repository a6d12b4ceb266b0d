import NIOCore

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What SwiftPM starts: libFuzzer, which knows the command line.
@_cdecl("FuzzReplies_main")
public func start(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, fuzzReplies)
}

/// Whatever the bytes and wherever they are cut, the parser ends, keeps its limits and says the same.
///
/// The first byte decides where the rest is cut.
private func fuzzReplies(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let step = Int(start.pointee) % bytes.count + 1
    let pieces = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
    precondition(outcome([bytes]) == outcome(pieces), "cut after every \(step) bytes, it reads otherwise")
    return 0
}

private let limits = ReplyLimits(bytes: 4096, depth: 4, elements: 64)

private func outcome(_ pieces: [[UInt8]]) -> [String] {
    var parser = ReplyParser(limits: limits)
    var seen: [String] = []
    do {
        for piece in pieces {
            parser.append(ByteBuffer(bytes: piece))
            while let message = try parser.next() {
                switch message {
                case .reply(let reply), .push(let reply): check(reply, depth: 0)
                }
                seen.append("\(message)")
            }
        }
    } catch {
        seen.append("refused")
    }
    return seen
}

private func check(_ reply: RedisReply, depth: Int) {
    precondition(depth <= limits.depth)
    switch reply {
    case .array(let values):
        precondition(values.count <= limits.elements)
        for value in values { check(value, depth: depth + 1) }
    case .bytes(let bytes): precondition(bytes.count <= limits.bytes)
    default: break
    }
}
