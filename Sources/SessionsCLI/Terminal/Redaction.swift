/// Takes passwords out of what the parser of arguments repeats.
enum Redaction {
    /// The text with `…` for what stands between `://` and a line's last `@`, and before the `@` of any other word.
    static func withoutPasswords(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            // A password may hold blanks.
            guard let start = line.firstRange(of: "://")?.upperBound, let at = line.lastIndex(of: "@"), start <= at
            else { return wordByWord(line) }
            return wordByWord(line[..<start]) + (start < at ? "…" : "") + line[at...]
        }.joined(separator: "\n")
    }

    private static func wordByWord(_ line: Substring) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false).map { word in
            word.lastIndex(of: "@").map { $0 == word.startIndex ? word : "…" + word[$0...] } ?? word
        }.joined(separator: " ")
    }
}
