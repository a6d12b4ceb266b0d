import Foundation
import Sessions

/// What a command prints: text for people, JSON for scripts.
struct Output {
    let isJSON: Bool

    func print(_ value: some Encodable, _ text: () -> String) {
        Self.print(isJSON ? Self.json(value) : text())
    }

    /// Says beside a result that it leaves out what can't be read.
    func warn(ofUnreadable ids: [SessionID]) {
        guard let warning = Failure(unreadable: ids, "left out") else { return }
        Self.printError(isJSON ? Self.json(["warning": Failure.Report(warning).error]) : "Warning: \(warning.message)")
    }

    static func print(_ text: String) { write(text, to: .standardOutput) }

    static func printError(_ text: String) { write(text, to: .standardError) }

    /// Ends the text with one line break.
    private static func write(_ text: String, to file: FileHandle) {
        try? file.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
