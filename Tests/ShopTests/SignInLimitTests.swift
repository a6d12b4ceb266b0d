import Testing

@testable import shop

extension ShopTests {
    @Suite("How often a name may be tried", .timeLimit(.minutes(10))) struct SignInLimitTests {
        @Test("Of a name 254 bytes are kept, in which one character may take as many as it likes")
        func names() async throws {
            let accents = "a" + String(repeating: "\u{301}", count: 200)
            for (beginning, isSame) in [
                (String(repeating: "a", count: 253), false), (String(repeating: "a", count: 254), true),
                (accents, true),
            ] {
                let limit = SignInLimit(tries: 1)
                let first = try await limit.allows(beginning + "x", from: nil) { false }
                #expect(!first)
                let second = try? await limit.allows(beginning + "y", from: nil) { false }
                #expect(second == (isSame ? nil : false))
            }
        }
    }
}
