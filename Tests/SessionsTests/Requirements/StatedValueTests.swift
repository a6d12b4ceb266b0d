import Foundation
import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

/// Names and numbers that the documentation states, and that stored data, logs and clients rely on.
@Suite("Values that are stated", .timeLimit(.minutes(10)))
struct StatedValueTests {
    @Test("Every code of an error has its name and its status")
    func codes() {
        let stated: [(SessionError.Code, String, Int)] = [
            (.unavailable, "unavailable", 503), (.full, "full", 503), (.superseded, "superseded", 409),
            (.ended, "ended", 409), (.contention, "contention", 409), (.tooLarge, "tooLarge", 413),
            (.invalid, "invalid", 400), (.cookieHeaderTooLarge, "cookieHeaderTooLarge", 431),
            (.insecureTransport, "insecureTransport", 403), (.noSession, "noSession", 401), (.sealed, "sealed", 500),
            (.corrupt, "corrupt", 500), (.configuration, "configuration", 500),
        ]
        for (code, name, status) in stated {
            #expect(code.description == name && code.status.code == status, "\(name)")
        }
    }

    @Test("An error in a log has the code, the message, the cause and the place")
    func errorText() {
        let plain = SessionError(.full, "no room", file: "Shop/main.swift", line: 7)
        #expect("\(plain)" == "full: no room at Shop/main.swift:7")
        let caused = SessionError(.full, "no room", cause: plain, file: "Shop/main.swift", line: 8)
        #expect("\(caused)" == "full: no room (cause: \(plain)) at Shop/main.swift:8")
        // What the message says already isn't said twice.
        let said = SessionError(.full, "no room: \(plain)", cause: plain, file: "Shop/main.swift", line: 9)
        #expect("\(said)" == "full: no room: \(plain) at Shop/main.swift:9")
    }

    @Test("The realm of those who name none is called “default”, as it stands in every stored record")
    func defaultRealm() {
        #expect(Realm.default.name == "default")
    }

    @Test("A configuration begins with the timeouts, intervals and limits that its documentation states")
    func configuration() {
        let configuration = SessionConfiguration()
        #expect(configuration.timeouts == SessionTimeouts(idle: .seconds(1800), absolute: .seconds(43_200)))
        let remembered = SessionTimeouts(idle: .seconds(1_209_600), absolute: .seconds(2_592_000), isPersistent: true)
        #expect(configuration.rememberedTimeouts == remembered)
        #expect(configuration.touchInterval == nil && configuration.renewalInterval == .seconds(900))
        #expect(configuration.renewalSettle == .seconds(60) && configuration.renewalOverlap == .seconds(120))
        #expect(configuration.explanationWindow == .seconds(3600) && configuration.clockSkew == .seconds(5))
        #expect(configuration.endsOnSuspectedTheft && configuration.maximumSessionsPerPrincipal == 100)
        #expect(configuration.clearSiteData == ["cache", "storage"] && configuration.trustedProxies.isEmpty)
        #expect(
            configuration.cookies.visitorName == "__Host-Http-visitor"
                && configuration.cookies.signedInName == "__Host-Http-id")
        let insecure = SessionCookies.insecureForDevelopment
        #expect(insecure.visitorName == "visitor" && insecure.signedInName == "id" && !insecure.scope.isSecure)
        let limits = SessionLimits()
        #expect(limits.attributeBytes == 16_384 && limits.sessionBytes == 65_536 && limits.attributeCount == 64)
        #expect(SessionLimits.nameBytes == 128)
    }

    @Test("The system's clock tells the time since 1970 in milliseconds")
    func clock() {
        let before = Date().timeIntervalSince1970
        let now = SystemSessionClock().now.milliseconds
        let after = Date().timeIntervalSince1970
        #expect(now >= Int64(before * 1000) - 1 && now <= Int64(after * 1000) + 1)
    }

    @Test("A dump of a session's information names its parts, and no digest is among them")
    func mirror() throws {
        let children = Mirror(reflecting: SessionInfo(SessionRecord.sample())).children
        #expect(children.map(\.label) == ["id", "realm", "principal", "createdAt", "end"])
    }

    @Test("A far deadline never wraps: the sum of a moment and a span stops at the last moment, or the first")
    func saturation() {
        let last = Timestamp(milliseconds: .max - 1), first = Timestamp(milliseconds: .min + 1)
        #expect((last + Span(.milliseconds(1))).milliseconds == .max)
        #expect((last + Span(.seconds(1))).milliseconds == .max)
        #expect((first + Span(.milliseconds(-1))).milliseconds == .min)
        #expect((first + Span(.seconds(-1))).milliseconds == .min)
        #expect((last + Span(.seconds(-1))).milliseconds == .max - 1001)
    }

    @Test("A text is stored with its slashes as they are, so that an address takes no more bytes than it has")
    func slashes() throws {
        #expect(try AttributeCoding.encode("/a/b", for: SessionKey<String>("a")) == "\"/a/b\"")
    }

    @Test("What an attribute decodes to is kept for an array and an object, and not for a number or a text")
    func decodedValues() {
        for json in ["[1]", "{\"a\":1}"] {
            #expect(SessionAttributes.Attribute(name: "a", json: json, revision: 1).decoded != nil, "\(json)")
        }
        for json in ["1", "\"[\"", "null"] {
            #expect(SessionAttributes.Attribute(name: "a", json: json, revision: 1).decoded == nil, "\(json)")
        }
    }
}
