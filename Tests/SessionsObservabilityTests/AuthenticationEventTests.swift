#if Observability
    import Foundation
    import SessionsTesting
    import Testing

    @testable import Sessions
    @testable import SessionsObservability

    @Suite("Security log as OCSF", .timeLimit(.minutes(10)))
    struct AuthenticationEventTests {
        private typealias Lines = SecurityLogTests.Lines

        /// What OCSF says of class 3002 and its objects.
        private static func schema() throws -> [String: Any] {
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "ocsf-authentication.json")
            return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        }

        /// What is wrong with an object, by the part of the schema that describes it.
        private static func problems(
            of object: [String: Any], by description: [String: Any], in schema: [String: Any], at path: String
        ) -> [String] {
            let attributes = description["attributes"] as? [String: [String: Any]] ?? [:]
            let objects = schema["objects"] as? [String: [String: Any]] ?? [:]
            var problems = attributes.filter { $1["requirement"] as? String == "required" && object[$0] == nil }
                .map { "\(path).\($0.key) is missing" }
            if let names = description["at_least_one"] as? [String], !names.contains(where: { object[$0] != nil }) {
                problems.append("\(path) has none of \(names)")
            }
            for (name, value) in object {
                guard let attribute = attributes[name] else {
                    problems.append("\(path).\(name) is no attribute")
                    continue
                }
                let isOfType =
                    switch attribute["type"] as? String {
                    case "integer": value is Int
                    case "string": (value as? String)?.isEmpty == false
                    case "boolean": value is Bool
                    case "object": value is [String: Any]
                    default: false
                    }
                if !isOfType { problems.append("\(path).\(name) is of another type: \(value)") }
                if let captions = attribute["enum"] as? [String: String] {
                    let caption = captions["\(value)"]
                    if caption == nil { problems.append("\(path).\(name) is \(value)") }
                    // The name beside a number is its caption, or the source's own where that is Other.
                    let beside = name.hasSuffix("_id") ? name.dropLast(3) : name.dropLast(4)
                    let text = object["\(beside)"] ?? object["\(beside)_name"]
                    if let text = text as? String, text != caption, caption != "Other" {
                        problems.append("\(path).\(name) is \(value) beside \(text)")
                    }
                }
                if let kind = attribute["object"] as? String, let value = value as? [String: Any] {
                    problems += self.problems(of: value, by: objects[kind] ?? [:], in: schema, at: "\(path).\(name)")
                }
            }
            return problems
        }

        private func problems(of event: [String: Any]) throws -> [String] {
            let schema = try Self.schema()
            let description = try #require(schema["class"] as? [String: Any])
            var problems = Self.problems(of: event, by: description, in: schema, at: "event")
            let (classID, activity) = (event["class_uid"] as? Int ?? 0, event["activity_id"] as? Int ?? 0)
            if event["type_uid"] as? Int != classID * 100 + activity { problems.append("type_uid is another") }
            return problems
        }

        @Test("Every event that the log has a word for is an event of OCSF's class 3002, as its schema has it")
        func everyKind() throws {
            let kinds: [SessionEvent.Kind] = [
                .created, .signedIn, .steppedUp, .renewed, .handedOver, .theftSuspected, .insecureTransport,
                .newSessionRefused, .ended(.signedOut), .forgeryRefused(.crossSite), .forgeryReported(.token),
                .tokenRefused(.malformed), .tokenRefused(.ambiguous), .tokenRefused(.misplaced),
                .tokenRefused(.misbound),
                .tokenRefused(.replayed), .tokenRefused(.unknown), .tokenRefused(.superseded), .tokenRefused(.late),
                .tokenRefused(.outranked), .tokenRefused(.ended), .signInRefused, .newDevice,
                .operatorActed(.endedSession), .operatorActed(.endedAll), .operatorRefused,
            ]
            let end = SessionEnd(reason: .signedOut, at: Timestamp(milliseconds: 5))
            for kind in kinds {
                for principal in [nil, try Principal("ada")] {
                    let lines = Lines()
                    lines.log(as: .ocsf).observe(
                        SessionEvent(
                            kind, at: Timestamp(milliseconds: 1_764_093_845_123), realm: .default,
                            id: principal == nil ? nil : SessionID(Block16(1, 2)), principal: principal,
                            end: kind == .ended(.signedOut) ? end : nil,
                            client: principal == nil ? nil : NetworkAddress("203.0.113.7")), logger: nil)
                    let event = try #require(try lines.objects().first)
                    #expect(try problems(of: event) == [], "\(kind)")
                    #expect((event["metadata"] as? [String: Any])?["version"] as? String == "1.3.0")
                }
            }
        }

        @Test("What succeeded is a success, however much worth a warning, and a refused sign-in is a logon that failed")
        func status() throws {
            let failure = SessionError(.unavailable, "no answer")
            for (kind, error, status, activity) in [
                (.newDevice, nil, "Success", 99), (.operatorActed(.endedSession), nil, "Success", 99),
                (.operatorActed(.endedAll), nil, "Success", 99), (.operatorActed(.endedAll), failure, "Failure", 99),
                (.signInRefused, failure, "Failure", 1), (.signedIn, nil, "Success", 1),
                (.operatorRefused, nil, "Failure", 99), (.tokenRefused(.unknown), nil, "Failure", 99),
            ] as [(SessionEvent.Kind, SessionError?, String, Int)] {
                let lines = Lines()
                lines.log(as: .ocsf).observe(
                    SessionEvent(kind, at: Timestamp(milliseconds: 5), realm: .default, error: error), logger: nil)
                let event = try #require(try lines.objects().first)
                #expect(event["status"] as? String == status && event["activity_id"] as? Int == activity, "\(kind)")
            }
        }

        @Test("The end of a user's session is a logoff, and that of a visitor's none, whom nobody had logged on")
        func visitorsEnd() throws {
            let (ada, end) = (try Principal("ada"), SessionEnd(reason: .expired, at: Timestamp(milliseconds: 5)))
            for (principal, activity) in [(ada, 2), (nil, 99)] as [(Principal?, Int)] {
                let lines = Lines()
                lines.log(as: .ocsf).observe(
                    SessionEvent(
                        .ended(.expired), at: Timestamp(milliseconds: 5), realm: .default, principal: principal,
                        end: end), logger: nil)
                let event = try #require(try lines.objects().first)
                #expect(event["activity_id"] as? Int == activity)
            }
        }

        @Test("A token in two hands is critical, a refusal is of medium severity, and what is usual is informational")
        func severities() throws {
            for (kind, number, name) in [
                (.theftSuspected, 5, "Critical"), (.tokenRefused(.replayed), 5, "Critical"),
                (.tokenRefused(.misbound), 5, "Critical"), (.tokenRefused(.unknown), 3, "Medium"),
                (.operatorActed(.endedAll), 3, "Medium"), (.signedIn, 1, "Informational"),
            ] as [(SessionEvent.Kind, Int, String)] {
                let lines = Lines()
                lines.log(as: .ocsf).observe(
                    SessionEvent(kind, at: Timestamp(milliseconds: 5), realm: .default), logger: nil)
                let event = try #require(try lines.objects().first)
                #expect(event["severity_id"] as? Int == number && event["severity"] as? String == name, "\(kind)")
            }
        }

        @Test("An event names the client that proxies name, else the peer, else no address")
        func addresses() throws {
            let (client, peer) = (NetworkAddress("198.51.100.1"), try #require(NetworkAddress("203.0.113.7")))
            for (client, peer, shown): (NetworkAddress?, ClientConnection.Peer?, String?) in [
                (client, .address(peer), "198.51.100.1"), (nil, .address(peer), "203.0.113.7"), (nil, .local, nil),
            ] {
                let lines = Lines()
                lines.log(as: .ocsf).observe(
                    SessionEvent(
                        .created, at: Timestamp(milliseconds: 5), realm: .default, peer: peer, client: client),
                    logger: nil)
                let event = try #require(try lines.objects().first)
                #expect((event["src_endpoint"] as? [String: String])?["ip"] == shown)
            }
        }

        @Test("A sign-in is a logon and the end of a user's session a logoff, with user, session, service and address")
        func visit() async throws {
            let lines = Lines()
            let site = try Site(observers: [lines.log(as: .ocsf)])
            let cookie = try await site.visit { try await $0.signIn(try Principal("ada")) }
            try await site.visit(cookie) { try await $0.end() }
            try await site.visit("__Host-Http-id=short")
            let events = try lines.objects()
            #expect(
                events.map { $0["activity_name"] as? String } == [
                    "session_created", "Logon", "Logoff", "input_validation_fail",
                ])
            #expect(events.map { $0["activity_id"] as? Int } == [99, 1, 2, 99])
            #expect(events.map { $0["severity_id"] as? Int } == [1, 1, 1, 3])
            #expect(events.map { $0["status_id"] as? Int } == [1, 1, 1, 2])
            for event in events { #expect(try problems(of: event) == []) }
            let logoff = events[2]
            let token = try #require(
                cookie?.split(separator: "=", maxSplits: 1).last.flatMap { SessionToken(text: $0) })
            #expect(
                logoff["session"] as? [String: String] == [
                    "uid": "\(token.id)", "issuer": "default", "expiration_reason": "signed-out",
                ])
            #expect((logoff["user"] as? [String: Any])?["name"] as? String == "ada")
            #expect((events[3]["user"] as? [String: Any])?["name"] as? String == "anonymous")
            #expect(logoff["service"] as? [String: String] == ["name": "shop"])
            #expect(
                (logoff["metadata"] as? [String: Any])?["event_code"] as? String == "session_expired:ada,signed-out")
            #expect(logoff["time"] as? Int == Int(site.clock.now.milliseconds))
            #expect(!lines.all.joined().contains(token.exposedText.suffix(42)))
        }

        @Test("The check of the schema notices what is missing, unknown, of another type or beside a wrong name")
        func bites() async throws {
            let lines = Lines()
            let site = try Site(observers: [lines.log(as: .ocsf)])
            _ = try await site.visit { try await $0.signIn(try Principal("ada")) }
            let event = try #require(try lines.objects().last)
            let changes: [(String, Any?)] = [
                ("user", nil), ("time", "now"), ("severity_id", 7), ("severity", "High"), ("service", nil),
                ("token", "x"),
                ("type_uid", 300_202), ("metadata", ["version": "1.3.0"]), ("user", ["type": "User"]),
                ("session", ["id": "1"]),
            ]
            for (name, value) in changes {
                var changed = event
                changed[name] = value
                #expect(try problems(of: changed) != [], "\(name): \(value ?? "nil")")
            }
        }
    }
#endif
