/// 16 bytes held inline.
///
/// What reads bytes is inlinable: stores read many, and what they read from is known to them alone.
@usableFromInline package struct Block16: Sendable, Hashable {
    let high: UInt64
    package let low: UInt64

    /// - Parameters:
    ///   - high: the first eight bytes, big-endian
    ///   - low: the last eight
    package init(_ high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 16 bytes; `nil` when there are not exactly 16.
    @inlinable package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        // One call of a collection that this module knows nothing of, instead of one a byte.
        let contiguous = bytes.withContiguousStorageIfAvailable { Self(contiguous: UnsafeRawBufferPointer($0)) }
        self = contiguous ?? Array(bytes).withUnsafeBytes { Self(contiguous: $0) }
    }

    /// - Parameter contiguous: 16 bytes
    @usableFromInline init(contiguous bytes: UnsafeRawBufferPointer) {
        self.init(
            bytes.loadUnaligned(as: UInt64.self).bigEndian,
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian)
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            count = 16
        }
    }

    package func write(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: high.bigEndian, as: UInt64.self)
        buffer.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
}

/// 32 bytes held inline, compared in constant time.
@usableFromInline package struct Block32: Sendable, Hashable {
    package let first: Block16
    package let second: Block16

    @usableFromInline package init(_ first: Block16, _ second: Block16) {
        self.first = first
        self.second = second
    }

    /// Reads 32 bytes; `nil` when there are not exactly 32.
    @inlinable package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32, let first = Block16(bytes.prefix(16)), let second = Block16(bytes.suffix(16)) else {
            return nil
        }
        self.init(first, second)
    }

    package var bytes: [UInt8] { first.bytes + second.bytes }

    /// Looks at all 32 bytes whatever they are (ASVS 11.2.4).
    @usableFromInline package static func == (left: Self, right: Self) -> Bool {
        (left.first.high ^ right.first.high) | (left.first.low ^ right.first.low)
            | (left.second.high ^ right.second.high) | (left.second.low ^ right.second.low) == 0
    }
}
