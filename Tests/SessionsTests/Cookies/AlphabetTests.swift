import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("One text a token", .timeLimit(.minutes(10)))
struct AlphabetTests {
    @Test("ID-6: at none of the 64 places a token has a byte that is not of the alphabet, alone or beside another")
    func everyPlace() throws {
        let text = Array(SessionToken.sample(1).exposedText.utf8)
        func isToken(_ bytes: [UInt8]) -> Bool { SessionToken(text: String(decoding: bytes, as: UTF8.self)) != nil }
        #expect(isToken(text))
        var (alone, beside) = (0, 0)
        for place in text.indices {
            for byte in "=+/. \u{7f}".utf8 {
                var changed = text
                changed[place] = byte
                alone += isToken(changed) ? 1 : 0
                changed[(place + 1) % text.count] = byte
                beside += isToken(changed) ? 1 : 0
            }
        }
        #expect(alone == 0 && beside == 0)
    }

    @Test("CK-1: an error about a cookie's scope names the attribute that is wrong")
    func scopeErrors() {
        for (scope, name) in [
            (SetCookie.Scope(path: "/a;b"), "Path"), (SetCookie.Scope(domain: "shop test;"), "Domain"),
        ] {
            let error = #expect(throws: SessionError.self) { _ = try SetCookie(name: "id", value: "A", scope: scope) }
            #expect(error?.code == .configuration && error?.message.contains("\(name) ") == true, "\(name)")
        }
    }
}
