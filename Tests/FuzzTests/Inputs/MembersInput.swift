#if Postgres
    #if canImport(FoundationEssentials)
        import FoundationEssentials
    #else
        import Foundation
    #endif

    import Sessions

    @testable import SessionsPostgres

    /// An input of the fuzzer: the JSON object of a session's attributes, as PostgreSQL writes it.
    struct MembersInput {
        private let bytes: [UInt8]

        init(_ input: [UInt8]) { bytes = input }

        /// What is wrong with how this text is taken apart, or `nil`.
        ///
        /// An object's members have the names and the values that a JSON decoder finds, and put together again they are the same.
        var fault: String? {
            let members = Self.members(of: bytes)
            if let members, let fault = Self.fault(of: members) { return fault }
            guard isLikePostgres, let object = try? JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
            else {
                return nil
            }
            guard let members else { return "an object isn't read" }
            let names = Set(members.map(\.name))
            guard names == Set(object.keys) else { return "its names are others" }
            if names.count == members.count {
                for (name, json) in members {
                    let text = Array("{\"a\":\(json)}".utf8)
                    guard let value = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text))["a"],
                        let expected = object[name], value.isSame(as: expected)
                    else { return "a value is another one" }
                }
            }
            return nil
        }

        /// Whether a decoder that takes it has read JSON as PostgreSQL may write it, and not a lenient form of it.
        ///
        /// PostgreSQL writes UTF-8, escapes no character above 0x7f, and puts neither a comma behind the last member nor a blank
        /// behind the object.
        private var isLikePostgres: Bool {
            let text = bytes.filter { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
            let hasLastComma = zip(text, text.dropFirst()).contains {
                $0 == UInt8(ascii: ",") && ($1 == 0x7d || $1 == 0x5d)
            }
            return !hasLastComma && !bytes.contains(0) && text.first == UInt8(ascii: "{") && bytes.last == 0x7d
                && !bytes.contains(UInt8(ascii: "\\")) && String(validating: bytes, as: UTF8.self) != nil
        }

        private static func fault(of members: [(name: String, json: String)]) -> String? {
            guard
                members.allSatisfy({ member in member.name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c } })
            else {
                return nil
            }
            let text = "{" + members.map { "\"\($0.name)\": \($0.json)" }.joined(separator: ", ") + "}"
            guard let again = Self.members(of: Array(text.utf8)), again.count == members.count else {
                return "put together again, it isn't read"
            }
            return zip(again, members).allSatisfy { $0 == $1 } ? nil : "put together again, its members are others"
        }

        private static func members(of bytes: [UInt8]) -> [(name: String, json: String)]? {
            bytes.withUnsafeBytes { JSONMembers.read($0) }
        }
    }
#endif
