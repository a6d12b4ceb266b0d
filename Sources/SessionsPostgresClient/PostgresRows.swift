#if Postgres
    /// The rows of an answer, each column in PostgreSQL's binary format.
    public struct PostgresRows: Sendable {
        /// The number of rows.
        public let count: Int
        /// The number of columns of each row.
        public let columnCount: Int
        /// All values, row after row.
        @usableFromInline private(set) var bytes: [UInt8]
        /// Where each value ends in `bytes`; for NULL, -1 minus where the value before it ends.
        @usableFromInline private(set) var ends: [Int]

        /// Makes an answer of rows of equal length, `nil` for NULL.
        public init(_ rows: [[[UInt8]?]]) {
            self.init(count: rows.count, columnCount: rows.first?.count ?? 0, byteCount: 0)
            for row in rows {
                for value in row {
                    if let value { append(value) } else { appendNull() }
                }
            }
        }

        /// An answer of rows that are then appended, value after value.
        init(count: Int, columnCount: Int, byteCount: Int) {
            self.count = count
            self.columnCount = columnCount
            bytes = []
            bytes.reserveCapacity(byteCount)
            ends = []
            ends.reserveCapacity(count * columnCount)
        }

        mutating func append(_ value: some Collection<UInt8>) {
            bytes.append(contentsOf: value)
            ends.append(bytes.count)
        }

        mutating func appendNull() { ends.append(-1 - bytes.count) }

        /// Calls `body` with the bytes of one value; `nil` for NULL.
        @inlinable public func withValue<Value>(
            row: Int, column: Int, _ body: (UnsafeRawBufferPointer?) throws -> Value
        ) rethrows -> Value {
            let index = row * columnCount + column
            let end = ends[index]
            guard end >= 0 else { return try body(nil) }
            let before = index == 0 ? 0 : ends[index - 1]
            let start = before >= 0 ? before : -1 - before
            return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
        }
    }
#endif
