import Foundation
import HTTPTypes
import NIOCore
import SessionsTesting
import ShopDriver
import Synchronization

/// One person with a browser, who visits any server of the fleet and remembers what was asked and answered.
final class Client: Sendable {
    struct Memory {
        var events: [Event] = []
        /// Connections that were refused: nothing was asked.
        var unsent = 0
        /// Jars from before a sign-in or a sign-out: what somebody may have stolen.
        var stolen: [CookieJar] = []
        var nextNumber = 1
    }

    let name: String
    private let fleet: Fleet
    private let progress: Progress
    private let clock: @Sendable () -> Int64
    private let browser = Browser()
    private let memory = Mutex(Memory())
    private let principal: String

    init(
        name: String, principal: String, fleet: Fleet, progress: Progress, clock: @escaping @Sendable () -> Int64
    ) {
        self.name = name
        self.principal = principal
        self.fleet = fleet
        self.progress = progress
        self.clock = clock
    }

    var remembered: Memory { memory.withLock { $0 } }

    /// Does one thing at one server.
    func act(tab: Int, _ random: inout SplitMix64) async {
        let server = random.below(fleet.count)
        let tabName = "\(name).\(tab)"
        switch random.below(100) {
        case ..<33: await perform(.visit, as: tabName, at: server)
        case ..<60:
            let number = memory.withLock { memory in
                memory.nextNumber += 1
                return memory.nextNumber
            }
            await perform(.set("tab\(tab)", number), as: tabName, at: server, hold: random.below(4) == 0)
        case ..<74: await perform(.read("tab\(random.below(2))"), as: tabName, at: server)
        case ..<88: await perform(.look, as: tabName, at: server)
        case ..<91:
            steal()
            await perform(.signIn(random.below(8) == 0 ? "grace" : principal), as: tabName, at: server)
        case ..<93:
            steal()
            await perform(.signOut, as: tabName, at: server)
        case ..<97: await perform(.renew, as: tabName, at: server)
        default:
            let jar = memory.withLock { $0.stolen.randomElement(using: &random) }
            guard let jar else { return }
            await perform(
                random.below(2) == 0 ? .look : .visit, as: tabName + ".thief", at: server, with: Browser(jar: jar))
        }
    }

    static let lastTab = ".last"

    /// What is there when everything has come to rest.
    func lookBack(at server: Int) async {
        for operation in [Operation.look, .read("tab0"), .read("tab1"), .visit] {
            // That the store is back, and which connections are dead since, is noticed by requests within a moment.
            for _ in 0..<600 {
                if await perform(operation, as: name + Self.lastTab, at: server) { break }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func steal() {
        let jar = browser.jar
        memory.withLock { memory in
            memory.stolen.append(jar)
            if memory.stolen.count > 20 { memory.stolen.removeFirst() }
        }
    }

    /// - Returns: whether an answer came that says what happened
    @discardableResult
    private func perform(
        _ operation: Operation, as tab: String, at server: Int, hold: Bool = false, with other: Browser? = nil
    ) async -> Bool {
        let browser = other ?? browser
        let address = fleet.address(of: server)
        guard !address.isEmpty else { return await findNothing() }
        // Before the jar is read, so that all the time counts in which its cookies get old.
        var event = Event(operation, invoked: clock())
        let jar = browser.jar
        event.client = tab
        for slot in Slot.allCases {
            if let text = jar[slot.rawValue], let facts = TokenFacts(text: text) { event.presented[slot] = facts }
        }
        // The very cookies that the event names, whatever another tab gets meanwhile.
        var probe = HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1", path: "/")
        jar.addCookies(to: &probe)
        let cookies = probe.headerFields[.cookie] ?? ""
        do {
            let answer = try await send(operation, to: address, cookies: cookies, hold: hold, by: browser)
            event.returned = clock()
            take(answer, into: &event)
        } catch let error as IOError where error.errnoCode == ECONNREFUSED {
            return await findNothing()
        } catch {
            event.outcome = .unknown
        }
        memory.withLock { $0.events.append(event) }
        if event.outcome == .ok { progress.noteAnswer(to: operation) }
        return event.outcome != .unknown
    }

    /// - Returns: that nothing was asked
    private func findNothing() async -> Bool {
        memory.withLock { $0.unsent += 1 }
        try? await Task.sleep(for: .milliseconds(50))
        return false
    }

    private func send(
        _ operation: Operation, to address: String, cookies: String, hold: Bool, by browser: Browser
    ) async throws -> Answer {
        let fields: HTTPFields = [.cookie: cookies]
        let form: HTTPFields = [.cookie: cookies, .contentType: "application/x-www-form-urlencoded"]
        switch operation {
        case .visit: return try await browser.send(.post, address + "/visits", form)
        case .set(let name, let number):
            return try await browser.send(
                .put, address + "/lab/attributes/\(name)\(hold ? "?hold=30ms" : "")",
                [.cookie: cookies, .contentType: "application/json"], body: "\(number)")
        case .read(let name): return try await browser.send(.get, address + "/lab/attributes/\(name)", fields)
        case .look: return try await browser.send(.get, address + "/session", fields)
        case .signIn(let name):
            let password = name == "ada" ? "lovelace" : "hopper"
            return try await browser.send(.post, address + "/sign-in", form, body: "name=\(name)&password=\(password)")
        case .signOut: return try await browser.send(.post, address + "/sign-out", form)
        case .renew: return try await browser.send(.post, address + "/lab/renew", form)
        }
    }

    private func take(_ answer: Answer, into event: inout Event) {
        for text in answer.setCookies {
            for slot in Slot.allCases where text.hasPrefix(slot.rawValue + "=") {
                let value = text.dropFirst(slot.rawValue.utf8.count + 1).prefix { $0 != ";" }
                if let facts = TokenFacts(text: String(value)) { event.received[slot] = facts }
                if value.isEmpty { event.deleted.insert(slot) }
            }
        }
        switch (answer.status, event.operation) {
        case (503, _):
            event.outcome = .unknown
            event.returned = .max
        case (404, .read), (200..<400, _):
            event.outcome = .ok
        default:
            event.outcome = .refused(answer.status)
        }
        guard event.outcome == .ok else { return }
        switch event.operation {
        case .visit: event.number = (try? answer.decoded(as: [String: Int].self))?["visits"]
        case .read: event.number = answer.status == 200 ? Int(answer.body) : nil
        case .look:
            guard let state = try? answer.decoded(as: SessionState.self) else { return }
            event.principal = state.principal
            event.reason = state.ended?.reason
            guard let id = state.id else { return }
            // The page names sessions in hexadecimal, the token in base64url.
            event.session = event.presented.values.first { $0.names(id) } ?? TokenFacts(session: id, family: "")
        case .set, .signIn, .signOut, .renew: break
        }
    }
}

extension TokenFacts {
    /// Whether `hexadecimal` is the ID of this token: as far as its 21 characters tell, which is 126 of 128 bits.
    func names(_ hexadecimal: String) -> Bool {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let bits = hexadecimal.flatMap { digit in
            let value = digit.hexDigitValue ?? 0
            return [value >> 3 & 1, value >> 2 & 1, value >> 1 & 1, value & 1]
        }
        guard bits.count == 128 else { return false }
        let characters = (0..<21).map { index in
            alphabet[bits[(index * 6)..<(index * 6 + 6)].reduce(0) { $0 << 1 | $1 }]
        }
        return session == String(characters)
    }
}
