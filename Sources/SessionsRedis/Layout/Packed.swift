import Sessions

/// A value that always takes the same number of bytes.
protocol Packed: Sendable {
    static var width: Int { get }

    /// - Parameter packed: exactly ``width`` bytes
    init?(packed: UnsafeRawBufferPointer)

    func pack(into bytes: UnsafeMutableRawBufferPointer)
}

extension UInt64: Packed {
    static let width = 8

    init(packed: UnsafeRawBufferPointer) { self.init(bigEndian: packed.loadUnaligned(as: UInt64.self)) }

    func pack(into bytes: UnsafeMutableRawBufferPointer) { bytes.storeBytes(of: bigEndian, as: UInt64.self) }
}

extension Int64: Packed {
    static let width = 8

    init(packed: UnsafeRawBufferPointer) { self.init(bitPattern: UInt64(packed: packed)) }

    func pack(into bytes: UnsafeMutableRawBufferPointer) { UInt64(bitPattern: self).pack(into: bytes) }
}

extension UInt8: Packed {
    static let width = 1

    init(packed: UnsafeRawBufferPointer) { self = packed[0] }

    func pack(into bytes: UnsafeMutableRawBufferPointer) { bytes[0] = self }
}

extension Timestamp: Packed {
    static let width = 8

    init(packed: UnsafeRawBufferPointer) { self.init(milliseconds: Int64(packed: packed)) }

    func pack(into bytes: UnsafeMutableRawBufferPointer) { milliseconds.pack(into: bytes) }
}

extension Block16: Packed {
    static let width = 16

    init(packed: UnsafeRawBufferPointer) {
        self.init(
            packed.loadUnaligned(as: UInt64.self).bigEndian,
            packed.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian)
    }

    func pack(into bytes: UnsafeMutableRawBufferPointer) { write(to: bytes) }
}

extension SecretDigest: Packed {
    static let width = 32

    init(packed: UnsafeRawBufferPointer) {
        self.init(
            Block32(
                Block16(packed: UnsafeRawBufferPointer(rebasing: packed[0..<16])),
                Block16(packed: UnsafeRawBufferPointer(rebasing: packed[16..<32]))))
    }

    func pack(into bytes: UnsafeMutableRawBufferPointer) {
        block.first.write(to: UnsafeMutableRawBufferPointer(rebasing: bytes[0..<16]))
        block.second.write(to: UnsafeMutableRawBufferPointer(rebasing: bytes[16..<32]))
    }
}

/// One letter.
extension SessionRecord.Carrier: Packed {
    static let width = 1

    init?(packed: UnsafeRawBufferPointer) {
        switch packed[0] {
        case UInt8(ascii: "c"): self = .cookie
        case UInt8(ascii: "h"): self = .header
        case UInt8(ascii: "u"): self = .url
        default: return nil
        }
    }

    func pack(into bytes: UnsafeMutableRawBufferPointer) {
        bytes[0] =
            switch self {
            case .cookie: UInt8(ascii: "c")
            case .header: UInt8(ascii: "h")
            case .url: UInt8(ascii: "u")
            }
    }
}
