import HTTPTypes
import Logging
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("Defaults and names that are stated", .timeLimit(.minutes(10)))
struct StatedDefaultTests {
    private let start = Timestamp.arrival

    private func address(_ number: UInt32) -> NetworkAddress { NetworkAddress(ipv4: 0xc000_0200 + number) }

    private func refusal(of number: UInt32, at now: Timestamp) -> SessionEvent {
        SessionEvent(.tokenRefused(.unknown), at: now, realm: .default, client: address(number))
    }

    @Test("The codes of errors that come of limits, clocks and other sites have their names and statuses")
    func codes() {
        let stated: [(SessionError.Code, String, Int)] = [
            (.notYet, "notYet", 503), (.tooManyRequests, "tooManyRequests", 429), (.crossSite, "crossSite", 403),
            (.forgedRequest, "forgedRequest", 403), (.tooManySessions, "tooManySessions", 409),
            (.lowPrivilege, "lowPrivilege", 403), (.authenticationTooOld, "authenticationTooOld", 401),
            (.authenticationInsufficient, "authenticationInsufficient", 401),
        ]
        for (code, name, status) in stated {
            #expect(code.description == name && code.status.code == status, "\(name)")
        }
    }

    @Test("Every kind of event has its name, those of refused sessions, forged requests and unreadable data too")
    func events() {
        let stated: [(SessionEvent.Kind, String)] = [
            (.newSessionRefused, "newSessionRefused"), (.theftSuspected, "theftSuspected"),
            (.forgeryRefused(.crossSite), "forgeryRefused.crossSite"),
            (.forgeryRefused(.sameSite), "forgeryRefused.sameSite"),
            (.forgeryReported(.unknownOrigin), "forgeryReported.unknownOrigin"),
            (.forgeryReported(.token), "forgeryReported.token"), (.attributeUnreadable, "attributeUnreadable"),
            (.recordUnreadable, "recordUnreadable"),
        ]
        for (kind, name) in stated { #expect(kind.name == name && "\(kind)" == name) }
    }

    @Test("An address makes 300 new sessions at once and 300 a minute, unless the limit is another")
    func newSessions() {
        let limit = NewSessionLimit.perAddress()
        let made = (0..<301).count { _ in limit.wait(address(1), start) == nil }
        #expect(made == 300 && limit.wait(address(1), start) == .milliseconds(200))
        #expect(limit.wait(address(2), start) == nil)
        #expect(limit.wait(address(1), start + .milliseconds(199)) == .milliseconds(1))
        #expect(limit.wait(address(1), start + .milliseconds(200)) == nil)
    }

    @Test("The alarm sounds at the 101st refusal of an address, once a minute, and counts each")
    func alarm() {
        let alarms = Mutex<[NetworkAddress]>([])
        let alarm = GuessingAlarm { client, _ in alarms.withLock { $0.append(client) } }
        #expect(alarm.count == 0 && !alarm.observesOperations)
        for _ in 1...100 { alarm.observe(refusal(of: 1, at: start), logger: nil) }
        #expect(alarms.withLock { $0 }.isEmpty && alarm.count == 100)
        for _ in 1...50 { alarm.observe(refusal(of: 1, at: start), logger: nil) }
        #expect(alarms.withLock { $0 } == [address(1)] && alarm.count == 150)
        // After a minute all refusals are forgiven, and the next alarm may sound.
        let later = start + .seconds(60)
        for _ in 1...100 { alarm.observe(refusal(of: 1, at: later), logger: nil) }
        #expect(alarms.withLock { $0.count } == 1)
        alarm.observe(refusal(of: 1, at: later), logger: nil)
        #expect(alarms.withLock { $0.count } == 2 && alarm.count == 251)
    }

    @Test("The alarm sounds once in the period that it was made with, and its refusals are forgiven in the same time")
    func alarmPeriod() {
        let alarms = Mutex(0)
        let alarm = GuessingAlarm(after: 1, per: .hours(1)) { _, _ in alarms.withLock { $0 += 1 } }
        for (age, count) in [
            (Duration.zero, 1), (.seconds(60), 1), (.hours(1) - .milliseconds(1), 1), (.hours(1), 2),
        ] {
            for _ in 1...2 { alarm.observe(refusal(of: 1, at: start + age), logger: nil) }
            #expect(alarms.withLock { $0 } == count, "\(age)")
        }
    }

    @Test("All addresses of an IPv6 /64 are one client to the alarm, which is told of their network")
    func alarmOfANetwork() throws {
        let alarms = Mutex<[NetworkAddress]>([])
        let alarm = GuessingAlarm(after: 3) { client, _ in alarms.withLock { $0.append(client) } }
        func refuse(_ text: String) throws {
            let client = try #require(NetworkAddress(text))
            let event = SessionEvent(.tokenRefused(.unknown), at: start, realm: .default, client: client)
            alarm.observe(event, logger: nil)
        }
        for number in 1...3 { try refuse("2001:db8:0:1::\(number)") }
        try refuse("2001:db8:0:2::1")
        #expect(alarms.withLock { $0 }.isEmpty)
        for number in 4...5 { try refuse("2001:db8:0:1:ffff::\(number)") }
        let network = try #require(NetworkAddress("2001:db8:0:1::"))
        #expect(alarms.withLock { $0 } == [network])
    }

    @Test("The alarm remembers 100,000 addresses, and counts what gives no hint of guessing not at all")
    func bounds() {
        let alarms = Mutex<[NetworkAddress]>([])
        let alarm = GuessingAlarm { client, _ in alarms.withLock { $0.append(client) } }
        for (alarm, count) in [(alarm, 100_000), (GuessingAlarm(maximumAddresses: 64) { _, _ in }, 64)] {
            for name in ["refusals", "alarms"] {
                let limit = Mirror(reflecting: alarm).descendant(name)
                #expect(limit.flatMap { Mirror(reflecting: $0).descendant("maximumKeys") as? Int } == count)
            }
        }
        for kind in [.created, .tokenRefused(.ended), .tokenRefused(.late), .storeFailed] as [SessionEvent.Kind] {
            alarm.observe(SessionEvent(kind, at: start, realm: .default, client: address(1)), logger: nil)
        }
        #expect(alarm.count == 0)
        let counted: [SessionEvent.Kind] = [
            .tokenRefused(.unknown), .tokenRefused(.malformed), .tokenRefused(.ambiguous), .newSessionRefused,
        ]
        for kind in counted { alarm.observe(SessionEvent(kind, at: start, realm: .default), logger: nil) }
        #expect(alarm.count == 4 && alarms.withLock { $0 }.isEmpty)
    }

    @Test("A limit takes at least one attempt, a millisecond each, and remembers two keys or more")
    func leastLimit() {
        let limit = AttemptLimit<Int>(0, per: .zero, maximumKeys: 0)
        #expect(limit.count == 1 && limit.period == .milliseconds(1))
        #expect([limit.take(1, at: start), limit.take(2, at: start)] == [nil, nil])
        #expect(limit.take(1, at: start) == .milliseconds(1) && limit.keyCount == 2)
        let odd = AttemptLimit<Int>(3, per: .milliseconds(10))
        #expect(odd.count == 3 && odd.period == .milliseconds(9))
        #expect(Mirror(reflecting: odd).descendant("maximumKeys") as? Int == 100_000)
    }

    @Test("An attempt that is given back counts at once, and one more is not made of it")
    func givenBack() {
        let limit = AttemptLimit<Int>(2, per: .seconds(10))
        #expect([limit.take(1, at: start), limit.take(1, at: start)] == [nil, nil])
        limit.giveBack(1, at: start)
        #expect([limit.take(1, at: start), limit.take(1, at: start)] == [nil, .seconds(5)])
        for _ in 1...5 { limit.giveBack(1, at: start) }
        #expect([limit.take(1, at: start), limit.take(1, at: start)] == [nil, nil])
        #expect(limit.take(1, at: start) == .seconds(5))
    }

    @Test("A sweeper has done nothing at first, and both it and the manager log under their names")
    func names() throws {
        let manager = try SessionManager(store: MemorySessionStore())
        let sweeper = SessionSweeper(manager)
        let counters = sweeper.counters
        #expect([counters.sweeps, counters.failures, counters.records, counters.expired] == [0, 0, 0, 0])
        #expect((Mirror(reflecting: sweeper).descendant("logger") as? Logger)?.label == "sessions.sweeper")
        #expect(manager.logger.label == "sessions")
    }

    @Test("A sign-in looks 30 times whether the others over the limit have ended, after 10 milliseconds at first")
    func looks() throws {
        let looks = try SessionManager(store: MemorySessionStore()).looks
        #expect(looks.count == 30 && looks.pause == .milliseconds(10))
    }

    @Test("An observer that doesn't say otherwise is told of operations, and a handler of events is not")
    func observers() {
        struct Plain: SessionObserver {
            func observe(_ event: SessionEvent, logger: Logger?) {}
        }
        #expect(Plain().observesOperations && !SessionEventHandler { _ in }.observesOperations)
    }
}
