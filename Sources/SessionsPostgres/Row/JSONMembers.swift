#if Postgres
    /// Takes a JSON object apart, as PostgreSQL writes it, into names and the compact JSON of their values.
    ///
    /// PostgreSQL puts blanks behind colons and commas; without them a text is as long as it was written, as a rule.
    struct JSONMembers {
        typealias Member = (name: String, json: String)

        private let bytes: UnsafeRawBufferPointer
        private var index = 0

        /// Returns the members in their order; `nil` for what is no object.
        static func read(_ bytes: UnsafeRawBufferPointer) -> [Member]? {
            var reader = JSONMembers(bytes)
            return reader.members()
        }

        private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        private mutating func members() -> [Member]? {
            guard take("{") else { return nil }
            if take("}") { return isAtEnd ? [] : nil }
            var members: [Member] = []
            repeat {
                guard let name = string(), take(":"), let json = value() else { return nil }
                members.append((name, json))
            } while take(",")
            return take("}") && isAtEnd ? members : nil
        }

        private var isAtEnd: Bool { index == bytes.count }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        private mutating func skipBlanks() {
            while index < bytes.count, Self.isBlank(bytes[index]) { index += 1 }
        }

        private static func isBlank(_ byte: UInt8) -> Bool {
            byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
        }

        /// The place behind the string that begins at `start`.
        private func end(ofString start: Int) -> Int? {
            var index = start + 1
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""): return index + 1
                case UInt8(ascii: "\\"): index += 2
                default: index += 1
                }
            }
            return nil
        }

        /// The JSON of a value, without blanks between its tokens.
        private mutating func value() -> String? {
            skipBlanks()
            var json: [UInt8] = []
            var depth = 0
            /// Where what isn't copied yet begins.
            var start = index
            scan: while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    guard let end = end(ofString: index) else { return nil }
                    index = end
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { break scan }
                    depth -= 1
                case UInt8(ascii: ",") where depth == 0:
                    break scan
                case let byte where Self.isBlank(byte):
                    json += bytes[start..<index]
                    skipBlanks()
                    start = index
                    continue
                default:
                    break
                }
                index += 1
            }
            if json.isEmpty {
                return start == index ? nil : String(validating: bytes[start..<index], as: UTF8.self)
            }
            json += bytes[start..<index]
            return String(validating: json, as: UTF8.self)
        }

        /// A name without its escapes.
        private mutating func string() -> String? {
            skipBlanks()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\""), let end = end(ofString: index) else {
                return nil
            }
            defer { index = end }
            let text = bytes[(index + 1)..<(end - 1)]
            guard text.contains(UInt8(ascii: "\\")) else { return String(validating: text, as: UTF8.self) }
            return Self.unescaped(text)
        }

        private static func unescaped(_ text: Slice<UnsafeRawBufferPointer>) -> String? {
            var bytes: [UInt8] = []
            var index = text.startIndex
            while index < text.endIndex {
                guard text[index] == UInt8(ascii: "\\") else {
                    bytes.append(text[index])
                    index += 1
                    continue
                }
                guard index + 1 < text.endIndex else { return nil }
                switch text[index + 1] {
                case UInt8(ascii: "b"): bytes.append(0x08)
                case UInt8(ascii: "f"): bytes.append(0x0c)
                case UInt8(ascii: "n"): bytes.append(0x0a)
                case UInt8(ascii: "r"): bytes.append(0x0d)
                case UInt8(ascii: "t"): bytes.append(0x09)
                case UInt8(ascii: "u"):
                    // PostgreSQL escapes control characters alone like this.
                    guard index + 5 < text.endIndex,
                        let digits = String(validating: text[(index + 2)...(index + 5)], as: UTF8.self),
                        let code = UInt8(digits, radix: 16), code < 0x80
                    else { return nil }
                    bytes.append(code)
                    index += 4
                case let byte: bytes.append(byte)
                }
                index += 2
            }
            return String(validating: bytes, as: UTF8.self)
        }
    }
#endif
