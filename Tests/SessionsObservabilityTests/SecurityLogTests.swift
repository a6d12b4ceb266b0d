#if Observability
    import Foundation
    import SessionsTesting
    import Synchronization
    import Testing

    @testable import Sessions
    @testable import SessionsObservability

    @Suite("Security log", .timeLimit(.minutes(10)))
    struct SecurityLogTests {
        final class Lines: Sendable {
            private let lines = Mutex<[String]>([])

            var all: [String] { lines.withLock { $0 } }

            var log: SessionSecurityLog { log(as: .owasp) }

            func log(as format: SessionSecurityLog.Format) -> SessionSecurityLog {
                SessionSecurityLog(application: "shop", format: format) { line in
                    self.lines.withLock { $0.append(line) }
                }
            }

            func objects() throws -> [[String: Any]] {
                try all.map { line in
                    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                }
            }
        }

        private static let id = SessionID(Block16(1, 2))
        private static let signedOut = SessionEnd(reason: .signedOut, at: Timestamp(milliseconds: 5))

        @Test(
            "An event has its word in OWASP's vocabulary, with its level",
            arguments: [
                (.created, "session_created:ada", "INFO"), (.signedIn, "authn_login_success:ada", "INFO"),
                (.newDevice, "authn_login_new_device:ada", "WARN"),
                (.signInRefused, "authn_login_fail:ada", "WARN"),
                (.steppedUp, "authn_login_success:ada", "INFO"), (.renewed, "session_renewed:ada", "INFO"),
                (.ended(.signedOut), "session_expired:ada,signed-out", "INFO"),
                (.tokenRefused(.ended), "session_use_after_expire:ada", "WARN"),
                (.theftSuspected, "authn_token_reuse:ada,\(id)", "CRITICAL"),
                (.tokenRefused(.malformed), "input_validation_fail:token,ada", "WARN"),
                (.tokenRefused(.ambiguous), "input_validation_fail:token,ada", "WARN"),
                (.tokenRefused(.misplaced), "input_validation_fail:token,ada", "WARN"),
                (.tokenRefused(.unknown), "authz_fail:ada,session", "WARN"),
                (.tokenRefused(.superseded), "authz_fail:ada,session", "WARN"),
                (.tokenRefused(.late), "authz_fail:ada,session", "WARN"),
                (.tokenRefused(.outranked), "authz_fail:ada,session", "WARN"),
                (.tokenRefused(.misbound), "authz_fail:ada,session", "CRITICAL"),
                (.tokenRefused(.replayed), "authn_token_reuse:ada,\(id)", "CRITICAL"),
                (.handedOver, "session_renewed:ada", "INFO"),
                (.operatorActed(.endedSession), "authz_admin:olga,end_session", "WARN"),
                (.operatorActed(.endedAll), "authz_admin:olga,end_all_sessions", "WARN"),
                (.operatorRefused, "authz_fail:ada,operators_pages", "WARN"),
                (.insecureTransport, "authz_fail:ada,session", "WARN"),
                (.newSessionRefused, "excess_rate_limit_exceeded:ada,sessions", "WARN"), (.storeFailed, nil, ""),
                (.forgeryRefused(.crossSite), "authz_fail:ada,request", "WARN"),
                (.forgeryReported(.token), "authz_fail:ada,request", "WARN"), (.recordUnreadable, nil, ""),
                (.attributeUnreadable, nil, ""), (.writeRefused(.superseded), nil, ""),
            ] as [(SessionEvent.Kind, String?, String)])
        func words(_ kind: SessionEvent.Kind, _ word: String?, _ level: String) throws {
            let lines = Lines()
            lines.log.observe(
                SessionEvent(
                    kind, at: Timestamp(milliseconds: 1_764_093_845_123), realm: try Realm("office"), id: Self.id,
                    principal: try Principal("ada"), end: kind == .ended(.signedOut) ? Self.signedOut : nil,
                    peer: .address(try #require(NetworkAddress("203.0.113.7"))),
                    actingOperator: try Principal("olga")), logger: nil)
            let line = try lines.objects().first
            #expect(line?["event"] as? String == word)
            guard let line else { return }
            #expect(line["level"] as? String == level && line["appid"] as? String == "shop")
            #expect(line["datetime"] as? String == "2025-11-25T18:04:05.123Z")
            #expect(line["source_ip"] as? String == "203.0.113.7" && line["userid"] as? String == "ada")
            #expect((line["description"] as? String)?.hasSuffix(".") == true)
            let session = try #require(line["session"] as? [String: String])
            #expect(session["uid"] == "\(Self.id)" && session["issuer"] == "office")
            #expect(session["expiration_reason"] == (kind == .ended(.signedOut) ? "signed-out" : nil))
        }

        @Test("Of an operator's act that failed a line says that it was tried, and of one that worked that it was done")
        func tries() throws {
            for act in [SessionEvent.OperatorAct.endedSession, .endedAll] {
                for (error, verb) in [
                    (nil, "ended"), (SessionError(.unavailable, "no answer"), "tried to end"),
                ] as [(SessionError?, String)] {
                    let lines = Lines()
                    lines.log.observe(
                        SessionEvent(
                            .operatorActed(act), at: Timestamp(milliseconds: 5), realm: .default, error: error),
                        logger: nil)
                    let line = try #require(try lines.objects().first)
                    #expect(
                        line["description"] as? String
                            == "An operator \(verb) sessions on the operators' pages.")
                }
            }
        }

        @Test("A line names the client that proxies name, else the peer, else no address")
        func addresses() throws {
            let (client, peer) = (NetworkAddress("198.51.100.1"), try #require(NetworkAddress("203.0.113.7")))
            for (client, peer, shown): (NetworkAddress?, ClientConnection.Peer?, String?) in [
                (client, .address(peer), "198.51.100.1"), (nil, .address(peer), "203.0.113.7"), (nil, .local, nil),
                (nil, .unknown, nil), (nil, nil, nil),
            ] {
                let lines = Lines()
                lines.log.observe(
                    SessionEvent(
                        .created, at: Timestamp(milliseconds: 0), realm: .default, peer: peer, client: client),
                    logger: nil)
                let line = try #require(lines.objects().first)
                #expect(line["source_ip"] as? String == shown)
                #expect(
                    line["event"] as? String == "session_created" && line["userid"] == nil && line["session"] == nil)
            }
        }

        @Test("A line has the fields of the vocabulary and of OCSF's session, and no others")
        func schema() async throws {
            let lines = Lines()
            let site = try Site(observers: [lines.log])
            let cookie = try await site.visit { try await $0.signIn(try Principal("ada")) }
            try await site.visit(cookie) { try await $0.end() }
            try await site.visit("__Host-Http-id=short")
            let objects = try lines.objects()
            #expect(objects.count == 4)
            let allowed: Set = [
                "datetime", "appid", "event", "level", "description", "userid", "source_ip", "session",
            ]
            let ofSession: Set = ["uid", "issuer", "expiration_reason"]
            for object in objects {
                #expect(Set(object.keys).isSubset(of: allowed))
                #expect(Set(object.keys).isSuperset(of: ["datetime", "appid", "event", "level", "description"]))
                #expect(Set((object["session"] as? [String: Any] ?? [:]).keys).isSubset(of: ofSession))
            }
        }

        @Test("A line is one line, whatever the user is called, and holds neither a token nor a part of one")
        func noSecrets() async throws {
            let lines = Lines()
            let site = try Site(observers: [lines.log])
            var tokens: [String] = []
            let name = "a\"da\u{2028},\u{85}\\"
            var cookie = try await site.visit { try await $0.signIn(try Principal(name)) }
            for _ in 1...3 {
                tokens.append(try #require(cookie?.split(separator: "=", maxSplits: 1).last.map(String.init)))
                site.clock.advance(by: .seconds(1200))
                cookie = try await site.visit(cookie)
            }
            // The first token comes back after its overlap: that is theft.
            site.clock.advance(by: .seconds(600))
            try await site.visit(cookie)
            site.clock.advance(by: .seconds(600))
            try await site.visit("__Host-Http-id=" + tokens[0])
            let events = try lines.objects().compactMap { $0["event"] as? String }
            #expect(events.contains("session_renewed:\(name)"))
            #expect(events.contains { $0.hasPrefix("authn_token_reuse:\(name),") }, "\(events)")
            #expect(events.contains("session_expired:\(name),suspected-theft"))
            for line in lines.all {
                #expect(line.utf8.filter { $0 == 0x0a }.count == 1 && line.hasSuffix("}\n"))
                // The ID is the first quarter of a token, written in another way; the rest is secret.
                for token in tokens { #expect(!line.contains(token) && !line.contains(token.suffix(42))) }
            }
        }
    }
#endif
