/// One of the 16,384 parts that a cluster splits its keys into.
enum HashSlot {
    static let count = 16_384

    /// CRC16 (XMODEM) of the key's hash tag, or of the whole key, modulo 16,384: the rule of Redis Cluster.
    static func of(_ key: [UInt8]) -> Int {
        var hashed = key[...]
        if let open = key.firstIndex(of: UInt8(ascii: "{")) {
            let rest = key[(open + 1)...]
            if let close = rest.firstIndex(of: UInt8(ascii: "}")), close > open + 1 { hashed = rest[..<close] }
        }
        var crc: UInt16 = 0
        for byte in hashed { crc = crc << 8 ^ table[Int((crc >> 8) ^ UInt16(byte))] }
        return Int(crc) % count
    }

    private static let table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
}
