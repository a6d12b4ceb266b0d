#if Postgres
    import Sessions

    extension SessionChanges {
        /// Whether each text that they set stays one value where it stands in an object with others.
        ///
        /// What else is wrong with a text, PostgreSQL refuses there too.
        var canBeJoined: Bool {
            attributes.values.allSatisfy { edit in
                if case .set(let json) = edit { json.staysOneValue } else { true }
            }
        }
    }

    extension String {
        /// Whether a text doesn't end the value that it stands for and begins another member or ends the object.
        var staysOneValue: Bool {
            var (depth, isInString, isEscaped) = (0, false, false)
            for byte in utf8 {
                if isEscaped {
                    isEscaped = false
                } else if isInString {
                    if byte == UInt8(ascii: "\"") { isInString = false }
                    isEscaped = byte == UInt8(ascii: "\\")
                } else {
                    switch byte {
                    case UInt8(ascii: "\""): isInString = true
                    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                    case UInt8(ascii: "}"), UInt8(ascii: "]"):
                        guard depth > 0 else { return false }
                        depth -= 1
                    case UInt8(ascii: ","), UInt8(ascii: ":"):
                        guard depth > 0 else { return false }
                    default: break
                    }
                }
            }
            return depth == 0 && !isInString
        }
    }
#endif
