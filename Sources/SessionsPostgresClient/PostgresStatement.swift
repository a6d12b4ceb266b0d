#if Postgres
    /// A query with the values of its parameters, appended in their order.
    public struct PostgresStatement: Sendable {
        /// The text, the types of the parameters and the effect.
        public let query: PostgresQuery
        /// All values, one after the other, in PostgreSQL's binary format.
        private(set) var bytes: [UInt8] = []
        /// The length of each value; -1 for NULL.
        private(set) var lengths: [Int32] = []

        /// Makes a statement without values.
        public init(_ query: PostgresQuery, capacity: Int = 256) {
            self.query = query
            bytes.reserveCapacity(capacity)
            lengths.reserveCapacity(query.parameterTypes.count)
        }

        /// The value of each parameter in PostgreSQL's binary format; `nil` for NULL.
        public var values: [[UInt8]?] {
            var start = 0
            return lengths.map { length in
                guard length >= 0 else { return nil }
                defer { start += Int(length) }
                return Array(bytes[start..<start + Int(length)])
            }
        }
    }

    // Values of each type.
    extension PostgresStatement {
        /// Appends NULL.
        public mutating func appendNull() { lengths.append(-1) }

        /// Appends bytes that are a value in binary format: `bytea`, `uuid`.
        public mutating func append(_ value: some Collection<UInt8>) {
            bytes.append(contentsOf: value)
            lengths.append(Int32(value.count))
        }

        /// Appends a `bigint`, or NULL.
        public mutating func append(_ value: Int64?) {
            guard let value else { return appendNull() }
            put(value)
            lengths.append(8)
        }

        /// Appends an `xid`.
        public mutating func append(transaction: UInt32) {
            put(transaction)
            lengths.append(4)
        }

        /// Appends a `text`, or NULL.
        public mutating func append(_ value: String?) {
            guard let value else { return appendNull() }
            append(value.utf8)
        }

        /// Appends a `boolean`.
        public mutating func append(_ value: Bool) {
            bytes.append(value ? 1 : 0)
            lengths.append(1)
        }

        /// Appends a `timestamptz`.
        ///
        /// - Parameter milliseconds: since 1970; what PostgreSQL can't express becomes the nearest moment
        public mutating func append(millisecondsSince1970 milliseconds: Int64) {
            append(Self.microsecondsSince2000(milliseconds))
        }

        private static func microsecondsSince2000(_ milliseconds: Int64) -> Int64 {
            (min(max(milliseconds, -1 << 50), 1 << 50) - 946_684_800_000) * 1000
        }

        /// Appends a `bigint[]`.
        public mutating func append(_ values: [Int64]) {
            array(of: .bigint, count: values.count) { statement in
                for value in values {
                    statement.put(Int32(8))
                    statement.put(value)
                }
            }
        }

        /// Appends a `uuid[]` of values of 16 bytes each.
        public mutating func append(uuids values: [[UInt8]]) {
            array(of: .uuid, count: values.count) { statement in
                for value in values {
                    statement.put(Int32(value.count))
                    statement.bytes.append(contentsOf: value)
                }
            }
        }

        /// Appends an `xid[]`.
        public mutating func append(transactions values: [UInt32]) {
            array(of: .xid, count: values.count) { statement in
                for value in values {
                    statement.put(Int32(4))
                    statement.put(value)
                }
            }
        }

        /// Appends a `timestamptz[]`.
        ///
        /// - Parameter values: milliseconds since 1970; what PostgreSQL can't express becomes the nearest moment
        public mutating func append(millisecondsSince1970 values: [Int64]) {
            array(of: .timestamptz, count: values.count) { statement in
                for value in values {
                    statement.put(Int32(8))
                    statement.put(Self.microsecondsSince2000(value))
                }
            }
        }

        /// Appends a `text[]`.
        public mutating func append(_ values: [String]) {
            array(of: .text, count: values.count) { statement in
                for value in values {
                    statement.put(Int32(value.utf8.count))
                    statement.bytes.append(contentsOf: value.utf8)
                }
            }
        }

        /// Appends a `jsonb` of a JSON text.
        public mutating func append(json: String) {
            lengths.append(Int32(json.utf8.count + 1))
            put(json: json)
        }

        /// Appends a `jsonb[]` of these JSON texts.
        public mutating func append(json values: [String]) {
            array(of: .jsonb, count: values.count) { statement in
                for value in values {
                    statement.put(Int32(value.utf8.count + 1))
                    statement.put(json: value)
                }
            }
        }

        private mutating func array(of type: PostgresType, count: Int, elements: (inout Self) -> Void) {
            let start = bytes.count
            // Dimensions, whether it has nulls, the elements' type; of the one dimension its length and first index.
            put(Int32(count == 0 ? 0 : 1))
            put(Int32(0))
            put(Int32(bitPattern: type.rawValue))
            if count > 0 {
                put(Int32(count))
                put(Int32(1))
            }
            elements(&self)
            lengths.append(Int32(bytes.count - start))
        }

        private mutating func put(json: String) {
            // The version of the format: a text follows.
            bytes.append(1)
            bytes.append(contentsOf: json.utf8)
        }

        private mutating func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
        }
    }
#endif
