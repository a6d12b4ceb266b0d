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
        var v4 = sockaddr_in()
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port.bigEndian
        v4.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var v6 = sockaddr_in6()
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        v6.sin6_addr = in6addr_loopback
        // `localhost` may be either.
        guard let descriptor = Self.connected(AF_INET, &v4) ?? Self.connected(AF_INET6, &v6) else {
            throw ShopProcess.Failure(description: "can't connect to \(address): errno \(errno)")
        }
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 240, tv_usec: 0)
        for direction in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, direction, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private static func connected<Address>(_ family: Int32, _ address: inout Address) -> Int32? {
        #if os(Linux)
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(family, SOCK_STREAM, 0)
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        if status == 0 { return descriptor }
        close(descriptor)
        return nil
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

    /// The next bytes that the server sends; none once it has closed.
    package func readSome() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &buffer, buffer.count)
        return Array(buffer.prefix(max(count, 0)))
    }

    /// Everything that the server sends until it closes.
    package func readAll() -> String {
        var answer: [UInt8] = []
        while case let bytes = readSome(), !bytes.isEmpty { answer += bytes }
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
