/// Where a node sends a command on to.
struct Redirection: Sendable {
    let slot: Int
    let address: ServerAddress

    /// Reads `MOVED 3999 127.0.0.1:6381` or `ASK 3999 127.0.0.1:6381`.
    ///
    /// - Parameter asked: the node that said so; its host stands for one that is left empty
    init?(_ error: RedisServerError, from asked: ServerAddress) {
        let words = error.message.split(separator: " ")
        guard words.count == 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
            let colon = words[2].lastIndex(of: ":"), let port = Int(words[2][words[2].index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = words[2][..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard host != "?" else { return nil }
        self.slot = slot
        address = ServerAddress(host: host.isEmpty ? asked.host : String(host), port: port)
    }
}
