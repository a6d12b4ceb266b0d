import Hummingbird
import Sessions

/// The tokens of the shop's forms, for `--form-tokens`.
struct FormTokens: Sendable {
    let areRequired: Bool

    /// What every form of a page holds; with tokens it makes a session for a visitor who has none.
    func field(for session: Session) async throws -> String {
        areRequired ? try await session.forgeryToken().hiddenField : ""
    }

    /// Refuses a form that was not made for the session.
    func check(_ form: @autoclosure () async throws -> Form?, for session: Session) async throws {
        guard areRequired else { return }
        try session.requireForgeryToken(try await form()?[ForgeryToken.fieldName])
    }
}
