import Foundation
import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("The two session cookies", .timeLimit(.minutes(10)))
struct SessionCookiesTests {
    @Test(
        "ID-9, A-3.3.1, W-02: by default both names have the prefix that keeps scripts and siblings from setting them")
    func defaults() async throws {
        let visitor = try Bench().visitor
        let made = try await visitor.visit { try $0.set(.a, to: 1) }
        let attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax"
        let first = try #require(made.setCookies.first)
        #expect(made.setCookies.count == 1 && first.hasPrefix("__Host-Http-visitor=") && first.hasSuffix(attributes))
        #expect(first.utf8.count == "__Host-Http-visitor=".utf8.count + 64 + attributes.utf8.count)
        let signedIn = try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        #expect(signedIn.setCookies.count == 2)
        #expect(
            signedIn.setCookies.first
                == "__Host-Http-visitor=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax"
        )
        let last = try #require(signedIn.setCookies.last)
        #expect(last.hasPrefix("__Host-Http-id=") && last.hasSuffix(attributes))
        #expect(last.utf8.count == "__Host-Http-id=".utf8.count + 64 + attributes.utf8.count)
    }

    /// What a handler may do to its session, in any order.
    private enum Deed: CaseIterable {
        case set, update, flash, signIn, signInAnother, stepUp, renew, end

        func run(_ session: Session) async throws {
            switch self {
            case .set: try session.set(.a, to: 1)
            case .update: try await session.update(.b, default: 0) { $0 += 1 }
            case .flash: try await session.flash("Hello.")
            case .signIn: try await session.signIn(try Principal("ada"))
            case .signInAnother: try await session.signIn(try Principal("grace"))
            case .stepUp: try await session.stepUp()
            case .renew: try await session.renew()
            case .end: try await session.end()
            }
        }
    }

    @Test(
        "CK-3: a response has at most one Set-Cookie a name, and one token, whatever happened in its request",
        arguments: Deed.allCases)
    private func oneEach(_ first: Deed) async throws {
        var count = 0
        for isSignedIn in [false, true] {
            for second in Deed.allCases {
                for third in [Deed.set, .end] {
                    let bench = try Bench()
                    let visitor = isSignedIn ? try await bench.signedIn() : bench.visitor
                    if !isSignedIn { try await visitor.visit { try $0.set(.n, to: 1) } }
                    let request = visitor.send()
                    let session = try await request.session()
                    for deed in [first, second, third] {
                        do { try await deed.run(session) } catch let error as SessionError {
                            #expect([.ended, .noSession].contains(error.code), "\(error)")
                        }
                    }
                    let cookies = await visitor.finish(request).setCookies
                    let names = cookies.map { $0.prefix { $0 != "=" } }
                    #expect(Set(names).count == names.count, "\(first) \(second) \(third): \(names)")
                    let tokens = cookies.filter { !$0.contains("Max-Age=0") }
                    #expect(tokens.count <= 1 && (tokens.isEmpty || tokens.first == cookies.last))
                    count += cookies.count
                }
            }
        }
        #expect(count > 0)
    }

    @Test("CK-11, CK-12, A-3.3.2: a deletion repeats every attribute of the cookie that it deletes", arguments: 0..<16)
    func sameAttributes(_ bits: Int) async throws {
        let scope = SetCookie.Scope(
            domain: bits & 1 == 0 ? nil : "shop.test", path: bits & 2 == 0 ? "/" : "/p",
            sameSite: bits & 4 == 0 ? .strict : SetCookie.SameSite.none, isPartitioned: bits & 8 != 0)
        let bench = try Bench { $0.cookies = .init(visitorName: "v", signedInName: "i", scope: scope) }
        let visitor = bench.visitor
        var fields = try await visitor.visit { try $0.set(.a, to: 1) }.setCookies
        fields += try await visitor.visit { try await $0.signIn(try Principal("ada"), remember: true) }.setCookies
        fields += try await visitor.visit { try await $0.end() }.setCookies
        var deletions = 0, exact = 0
        let expected: Set<String> = Set(
            ["Path=\(scope.path)", "Secure", "HttpOnly", "SameSite=\(scope.sameSite.rawValue)"]
                + (scope.domain.map { ["Domain=\($0)"] } ?? []) + (scope.isPartitioned ? ["Partitioned"] : []))
        for field in fields {
            let attributes = field.components(separatedBy: "; ").dropFirst()
            let times = attributes.filter { $0.hasPrefix("Max-Age=") || $0.hasPrefix("Expires=") }
            let isDeletion = field.hasPrefix("v=;") || field.hasPrefix("i=;")
            // A cookie with a Domain is deleted at the host alone as well, where an earlier configuration may have set it.
            let hostOnly = expected.filter { !$0.hasPrefix("Domain=") }
            let found = Set(attributes).subtracting(times)
            #expect(found == expected || (isDeletion && found == hostOnly), "\(field)")
            if found == expected { exact += 1 }
            #expect(times.count == 0 || times.count == 2)
            if isDeletion {
                #expect(times == ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
                deletions += 1
            }
        }
        #expect(deletions == (scope.domain == nil ? 2 : 4) && fields.count == deletions + 2 && exact == 4)
    }

    @Test(
        "CK-9, CK-12: what browsers would drop is refused at start-up, with what to set instead",
        arguments: [
            (.init(sameSite: SetCookie.SameSite.none, isSecure: false), "set isSecure, or use SameSite=Lax"),
            (.init(isSecure: false, isPartitioned: true), "set isSecure, or leave Partitioned out"),
        ] as [(SetCookie.Scope, String)])
    func refused(_ scope: SetCookie.Scope, _ advice: String) throws {
        var configuration = SessionConfiguration()
        configuration.cookies = .init(visitorName: "v", signedInName: "i", scope: scope)
        let error = #expect(throws: SessionError.self) {
            try SessionManager(store: MemorySessionStore(), configuration: configuration)
        }
        #expect(error?.code == .configuration && error?.message.contains(advice) == true, "\(error?.message ?? "")")
        configuration.cookies.scope.isSecure = true
        #expect(throws: Never.self) { try SessionManager(store: MemorySessionStore(), configuration: configuration) }
    }

    @Test(
        "CK-2: a Domain that names no domain is refused at start-up, since browsers would keep no cookie at all",
        arguments: [
            "https://example.com", "example.com:8443", "example.com/", "*.example.com", "example.com, example.org",
            "user@example.com", "example..com", "[::1]", "..example.com", "example.com?",
            "a`b", "a{b",
        ])
    func noDomain(_ domain: String) {
        for isFormer in [false, true] {
            var configuration = SessionConfiguration()
            configuration.cookies = .init(
                visitorName: "__Secure-v", signedInName: "__Secure-i",
                scope: .init(domain: isFormer ? nil : domain), formerDomains: isFormer ? [domain] : [])
            let error = #expect(throws: SessionError.self) {
                try SessionManager(store: MemorySessionStore(), configuration: configuration)
            }
            #expect(error?.code == .configuration && error?.message.contains("such as example.com") == true)
            for valid in [
                "example.com", ".example.com", "Shop-1.example.com", "localhost", "xn--bcher-kva.example", "a_b.c",
                "az.AZ.09",
            ] {
                configuration.cookies.scope.domain = isFormer ? nil : valid
                configuration.cookies.formerDomains = isFormer ? [valid] : []
                #expect(throws: Never.self) {
                    try SessionManager(store: MemorySessionStore(), configuration: configuration)
                }
            }
        }
    }

    @Test("CK-12: Partitioned without SameSite=None is warned of, since no embedded page would get the cookie")
    func partitioned() {
        for (sameSite, isPartitioned, count) in [
            (.lax, true, 1), (.strict, true, 1), (.lax, false, 0), (SetCookie.SameSite.none, true, 0),
        ] as [(SetCookie.SameSite, Bool, Int)] {
            var configuration = SessionConfiguration()
            configuration.cookies.scope.sameSite = sameSite
            configuration.cookies.scope.isPartitioned = isPartitioned
            let warnings = configuration.warnings.filter { $0.contains("Partitioned does nothing") }
            #expect(warnings.count == count, "\(sameSite) \(isPartitioned)")
        }
    }

    @Test("A-4.2.5: both cookies together are far shorter than what a server takes, and by default 165 bytes")
    func fieldLength() throws {
        let value = String(repeating: "A", count: 64)
        func length(_ cookies: SessionCookies) throws -> Int {
            var fields = HTTPFields()
            fields[.cookie] = "\(cookies.visitorName)=\(value); \(cookies.signedInName)=\(value)"
            #expect(try CookieReader(cookies).read(fields).count == 2)
            return fields[.cookie]?.utf8.count ?? 0
        }
        #expect(try length(.init()) == 165)
        // The longest names that a configuration takes.
        let longest = String(repeating: "n", count: SetCookie.maximumBytes - 65)
        let cookies = SessionCookies(visitorName: "v" + longest, signedInName: "i" + longest)
        try cookies.validate()
        #expect(throws: SessionError.self) {
            try SessionCookies(visitorName: "vv" + longest, signedInName: "i" + longest).validate()
        }
        #expect(try length(cookies) == 2 * SetCookie.maximumBytes + "=; =".utf8.count)
        #expect(try length(cookies) < CookieReader.maximumBytes)
    }
}
