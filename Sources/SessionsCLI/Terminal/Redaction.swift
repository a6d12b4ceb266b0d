/// Takes passwords out of what the parser of arguments repeats.
enum Redaction {
    /// The text with `…` for what stands between `://` and the last `@` of a word.
    static func withoutPasswords(_ text: String) -> String {
        var words: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let redacted = line.split(separator: " ", omittingEmptySubsequences: false).map { word in
                guard let at = word.lastIndex(of: "@") else { return word }
                let start = word.firstRange(of: "://")?.upperBound ?? word.startIndex
                return start < at ? word[..<start] + "…" + word[at...] : word
            }
            words.append(Substring(redacted.joined(separator: " ")))
        }
        return words.joined(separator: "\n")
    }
}
