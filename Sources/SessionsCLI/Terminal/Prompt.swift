import Foundation

/// Asks an operator before something is done that can't be taken back.
enum Prompt {
    /// - Throws: a refusal where the answer is no, or where there is no terminal to ask at
    static func confirm(_ question: String) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure(.refused, "there is no terminal to ask at; add --yes to do it without a question")
        }
        try? FileHandle.standardError.write(contentsOf: Data("\(question) [y/N] ".utf8))
        let answer = readLine()?.lowercased()
        guard answer == "y" || answer == "yes" else { throw Failure(.refused, "nothing was changed") }
    }
}
