#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A connection to a server on this machine, for what no client would send.
package struct RawConnection: ~Copyable {
    private let descriptor: Int32

    package init(to address: String) throws {
        let port = UInt16(address.split(separator: ":").last ?? "") ?? 0
        #if os(Linux)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
        var peer = sockaddr_in()
        peer.sin_family = sa_family_t(AF_INET)
        peer.sin_port = port.bigEndian
        peer.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let descriptor = descriptor
        let connected = withUnsafePointer(to: &peer) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            throw ShopProcess.Failure(description: "can't connect to \(address): errno \(errno)")
        }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        for direction in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, direction, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(descriptor) }

    /// Sends as much as the server takes: one that refuses a request may close before it has read it all.
    package func send(_ bytes: [UInt8]) {
        #if os(Linux)
            let noSignal = Int32(MSG_NOSIGNAL)
        #else
            let noSignal: Int32 = 0
        #endif
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0, noSignal) }
            guard count > 0 else { break }
            sent += count
        }
    }

    /// Says that nothing more comes.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything that the server sends until it closes.
    package func readAll() -> String {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}

private func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ flags: Int32) -> Int {
    send(descriptor, bytes.baseAddress, bytes.count, flags)
}

/// Sends exact bytes to a server on this machine and returns everything until it closes.
package func rawExchange(with address: String, _ request: [UInt8]) throws -> String {
    let connection = try RawConnection(to: address)
    connection.send(request)
    return connection.readAll()
}

/// The status of a raw answer; 0 if there was none.
package func rawStatus(of answer: String) -> Int {
    let words = answer.prefix { $0 != "\r\n" }.split(separator: " ")
    return words.count > 1 ? Int(words[1]) ?? 0 : 0
}
