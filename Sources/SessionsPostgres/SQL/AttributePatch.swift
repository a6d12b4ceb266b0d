#if Postgres
    import Sessions

    /// What changes set, as JSON objects to be merged into the columns `attributes` and `attribute_writes`.
    ///
    /// Texts are joined as they are: the changes must be such that they ``SessionChanges/canBeJoined``.
    struct AttributePatch {
        private(set) var values = "{"
        private(set) var writes = "{"

        /// - Parameter revision: that of the row with the changes
        init(_ changes: SessionChanges, writing revision: UInt64) {
            for (name, edit) in changes.attributes {
                guard case .set(let json) = edit else { continue }
                if values.utf8.count > 1 {
                    values += ","
                    writes += ","
                }
                let name = name.asJSON
                values += name
                values += ":"
                values += json
                writes += name
                writes += ":[\(Int64(bitPattern: revision)),\(json.utf8.count)]"
            }
            values += "}"
            writes += "}"
        }

        var byteCount: Int { values.utf8.count + writes.utf8.count }
    }

    extension String {
        /// The text as a string of JSON.
        var asJSON: String {
            var json = "\""
            for scalar in unicodeScalars {
                switch scalar {
                case "\"", "\\":
                    json += "\\"
                    json.unicodeScalars.append(scalar)
                case "\u{0}"..."\u{1f}":
                    json += scalar.value < 0x10 ? "\\u000" : "\\u00"
                    json += String(scalar.value, radix: 16)
                default:
                    json.unicodeScalars.append(scalar)
                }
            }
            return json + "\""
        }
    }
#endif
