/// 48 bytes held inline, which fill 64 characters of base64url exactly: each text is one block and each block one text.
struct Block48: Sendable {
    let first: Block16
    let second: Block16
    let third: Block16

    init(_ first: Block16, _ rest: Block32) {
        self.first = first
        second = rest.first
        third = rest.second
    }

    /// Reads 64 characters of base64url; `nil` for any other text.
    init?(base64url text: UnsafeBufferPointer<UInt8>) {
        guard text.count == 64 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        // As a pointer, since an array compares each index with its bounds.
        let valid = base64urlValues.withUnsafeBufferPointer { values in
            withUnsafeMutableBytes(of: &words) { bytes -> Bool in
                var invalid: UInt8 = 0
                for group in 0..<16 {
                    let a = values[Int(text[4 * group])], b = values[Int(text[4 * group + 1])]
                    let c = values[Int(text[4 * group + 2])], d = values[Int(text[4 * group + 3])]
                    invalid |= a | b | c | d
                    bytes[3 * group] = a << 2 | b >> 4
                    bytes[3 * group + 1] = b << 4 | c >> 2
                    bytes[3 * group + 2] = c << 6 | d
                }
                return invalid & 0x80 == 0
            }
        }
        guard valid else { return nil }
        first = Block16(words.0.bigEndian, words.1.bigEndian)
        second = Block16(words.2.bigEndian, words.3.bigEndian)
        third = Block16(words.4.bigEndian, words.5.bigEndian)
    }

    init?(base64url text: some StringProtocol) {
        var copy = Array(text.utf8)
        let parsed = copy.withUnsafeMutableBufferPointer { Block48(base64url: UnsafeBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    var base64url: String {
        String(unsafeUninitializedCapacity: 64) { text in
            withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { bytes in
                for (index, block) in [first, second, third].enumerated() {
                    block.write(to: .init(rebasing: bytes[(16 * index)..<(16 * index + 16)]))
                }
                for group in 0..<16 {
                    let a = bytes[3 * group], b = bytes[3 * group + 1], c = bytes[3 * group + 2]
                    text[4 * group] = base64urlAlphabet[Int(a >> 2)]
                    text[4 * group + 1] = base64urlAlphabet[Int(a << 4 & 0x30 | b >> 4)]
                    text[4 * group + 2] = base64urlAlphabet[Int(b << 2 & 0x3c | c >> 6)]
                    text[4 * group + 3] = base64urlAlphabet[Int(c & 0x3f)]
                }
                bytes.initializeMemory(as: UInt8.self, repeating: 0)
            }
            return 64
        }
    }
}

private let base64urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// The value of each byte in RFC 4648's base64url alphabet; 0x80 for every other byte.
private let base64urlValues: [UInt8] = {
    var values = [UInt8](repeating: 0x80, count: 256)
    for (value, character) in base64urlAlphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
}()
