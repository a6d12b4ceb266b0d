import Sessions

/// The names of a store's keys.
///
/// Everything belongs to one of 1,024 shards, whose keys share a slot by their hash tag.
///
/// | key | type | holds |
/// | --- | --- | --- |
/// | `PREFIX:{SHARD}:ID` | hash | one session |
/// | `PREFIX:{SHARD}:due` | sorted set | the IDs of the shard's sessions, by when the sweep has something to do at the earliest |
/// | `PREFIX:{SHARD}:unreadable` | hash | by their IDs, sessions that can't be read, set aside: `LENGTH:BYTES` of each name and value |
/// | `PREFIX:{SHARD}:of:REALM:NAME` | sorted set | moments and IDs of sessions that may be the owner's, in this order |
/// | `PREFIX:{SHARD}:after:REALM:NAME` | string | the owner's watermark |
/// | `PREFIX:{SHARD}:owners` | sorted set | the shard's owners, `REALM:NAME`, by when their sessions are looked through |
struct Keys: Sendable {
    static let shardCount = 1024

    /// `PREFIX:{SHARD}:` of each shard.
    private let beginnings: [[UInt8]]

    init(prefix: String) {
        beginnings = (0..<Self.shardCount).map { Array("\(prefix):{\($0)}:".utf8) }
    }

    func session(_ id: SessionID) -> [UInt8] {
        let name = id.description
        let beginning = beginnings[Self.shard(ofName: name)]
        var key: [UInt8] = []
        key.reserveCapacity(beginning.count + 32)
        key += beginning
        key += name.utf8
        return key
    }

    /// By the first ten bits of the ID, which are random.
    func shard(of id: SessionID) -> Int { Self.shard(ofName: id.description) }

    private static func shard(ofName name: String) -> Int {
        name.utf8.prefix(3).reduce(0) { sum, digit in
            sum << 4 | Int(digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10)
        } >> 2
    }

    func due(_ shard: Int) -> [UInt8] { beginnings[shard] + "due".utf8 }

    func unreadable(_ shard: Int) -> [UInt8] { beginnings[shard] + "unreadable".utf8 }

    func sessions(of owner: SessionOwner) -> [UInt8] {
        beginnings[shard(of: owner)] + "of:".utf8 + Self.name(of: owner)
    }

    func watermark(of owner: SessionOwner) -> [UInt8] {
        beginnings[shard(of: owner)] + "after:".utf8 + Self.name(of: owner)
    }

    func owners(_ shard: Int) -> [UInt8] { beginnings[shard] + "owners".utf8 }

    /// FNV-1a, folded: the same on every machine and in every version.
    func shard(of owner: SessionOwner) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Self.name(of: owner) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int((hash ^ hash >> 32) % UInt64(Self.shardCount))
    }

    /// `REALM:PRINCIPAL`: no realm has a colon.
    static func name(of owner: SessionOwner) -> [UInt8] { Array("\(owner.realm.name):\(owner.principal.name)".utf8) }

    /// Reads what ``name(of:)`` writes.
    static func owner(named name: some Collection<UInt8>) -> SessionOwner? {
        guard let text = String(validating: name, as: UTF8.self),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let realm = try? Realm(String(text[..<colon])),
            let principal = try? Principal(String(text[text.utf8.index(after: colon)...]))
        else { return nil }
        return SessionOwner(realm: realm, principal: principal)
    }
}
