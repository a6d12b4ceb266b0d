/// The lines `name:value` of `INFO`.
package struct ServerInfo {
    private var fields: [String: String] = [:]

    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
    }

    package subscript(name: String) -> String? { fields[name] }
}
