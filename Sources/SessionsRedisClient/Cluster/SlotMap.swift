/// Which node has which slot, as a cluster tells it.
struct SlotMap: Sendable {
    /// An index into `nodes`, or -1, for each slot.
    private var owners = [Int16](repeating: -1, count: HashSlot.count)
    private(set) var nodes: [ServerAddress] = []
    /// Replicas, which can be asked about the cluster when primaries are gone.
    private(set) var replicas: Set<ServerAddress> = []

    /// Whether the one that answered didn't know some of the owners.
    private(set) var isPartial = false

    init() {}

    /// Reads the answer to `CLUSTER SLOTS`; `nil` for one that isn't.
    ///
    /// - Parameter asked: the node that answered; its host stands for one that is left empty
    init?(_ reply: RedisReply, from asked: ServerAddress) {
        guard case .array(let ranges) = reply, !ranges.isEmpty else { return nil }
        for range in ranges {
            guard case .array(let parts) = range, parts.count >= 3, let first = parts[0].number,
                let last = parts[1].number, 0 <= first, first <= last, last < Int64(HashSlot.count)
            else { return nil }
            // The one that answered doesn't know the node's name yet.
            if case .array(let node) = parts[2], node.first?.text == "?" {
                isPartial = true
                continue
            }
            guard let primary = Self.address(parts[2], asked) else { return nil }
            for slot in Int(first)...Int(last) { self[slot] = primary }
            for replica in parts.dropFirst(3) {
                if let address = Self.address(replica, asked) { replicas.insert(address) }
            }
        }
        if nodes.isEmpty { return nil }
    }

    /// Takes the owners of slots that it knows nothing of from an older map.
    mutating func complete(from older: SlotMap) {
        for slot in 0..<HashSlot.count where self[slot] == nil { self[slot] = older[slot] }
    }

    subscript(slot: Int) -> ServerAddress? {
        get { owners[slot] < 0 ? nil : nodes[Int(owners[slot])] }
        set {
            guard let newValue else { return owners[slot] = -1 }
            if let index = nodes.firstIndex(of: newValue) {
                owners[slot] = Int16(index)
            } else {
                nodes.append(newValue)
                owners[slot] = Int16(nodes.count - 1)
            }
        }
    }

    private static func address(_ reply: RedisReply, _ asked: ServerAddress) -> ServerAddress? {
        guard case .array(let parts) = reply, parts.count >= 2, let port = parts[1].number, (1...65_535).contains(port)
        else { return nil }
        let host = parts[0].text ?? ""
        return host == "?" ? nil : ServerAddress(host: host.isEmpty ? asked.host : host, port: Int(port))
    }
}
