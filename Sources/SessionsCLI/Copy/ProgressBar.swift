import Foundation
import Sessions

/// One line on a terminal that says how far a command has come; nothing where the errors go elsewhere.
struct ProgressBar {
    let total: Int
    private let isShown: Bool

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    init(total: Int, isShown: Bool) {
        self.total = total
        self.isShown = isShown
    }

    func show(_ done: Int) {
        guard isShown else { return }
        let width = 30
        let share = total == 0 ? 1 : min(Double(done) / Double(total), 1)
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        write("\r[\(bar)] \(Int(share * 100)) %  \(Wording.number(done)) of \(Wording.number(total)) sessions")
    }

    /// Leaves the line to what is printed next.
    func finish() {
        if isShown { write("\r\u{1b}[K") }
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
