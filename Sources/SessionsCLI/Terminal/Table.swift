/// Lines of cells under headings, in columns as wide as their widest cell.
struct Table {
    let headings: [String]
    var rows: [[String]] = []
    /// The columns whose cells are numbers, which end at the same place.
    var numbers: Set<Int> = []

    var text: String {
        let lines = [headings] + rows
        let widths = headings.indices.map { column in
            rows.reduce(headings[column].count) { max($0, $1[column].count) }
        }
        return lines.map { cells in
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return numbers.contains(column) ? space + cell : cell + space
            }
            let line = padded.joined(separator: "  ")
            return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
        }.joined(separator: "\n")
    }
}

/// Lines of a name and what is said of it.
struct Facts {
    private var facts: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { facts.append((name, value)) }
    }

    func text(indent: Int = 0) -> String {
        let width = facts.map(\.name.count).max() ?? 0
        let space = String(repeating: " ", count: indent)
        return facts.map { space + $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }
            .joined(separator: "\n")
    }
}
