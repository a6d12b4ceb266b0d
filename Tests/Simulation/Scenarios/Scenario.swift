import Foundation
import Sessions
import Testing

/// A few requests, what may go wrong meanwhile, and what must hold whatever happens first.
struct Scenario: Sendable, CustomTestStringConvertible {
    enum Start: String, CaseIterable, Sendable {
        /// No cookie at all.
        case stranger
        /// A visitor's session with `a` in it.
        case visitor
        /// Signed in as ada, with `a`.
        case signedIn = "signed in"
    }

    enum Who: Sendable { case client, thief, other }

    struct Request: Sendable {
        let action: Action
        let who: Who
        /// The request, from 1, whose response is there or lost before this one is sent.
        let after: Int?

        init(_ action: Action, by who: Who = .client, after: Int? = nil) {
            self.action = action
            self.who = who
            self.after = after
        }
    }

    /// A check of one schedule's end: what is wrong, or `nil`.
    typealias Property = @Sendable (Aftermath) -> String?

    var name: String
    var start: Start
    var requests: [Request]
    /// Failures of the store, and in which ways.
    var faults = 0
    var faultKinds: [StoreFault] = [.fails, .loses]
    /// Responses that may get lost.
    var losses = 0
    var ticks = 0
    var tick: Duration = .seconds(1)
    /// No response before all of these requests are under way.
    var together: Set<Int> = []
    /// Handlers take time of their own: before they use the session, after that, and before they answer.
    var works = false
    /// No request takes as long as an overlap.
    var isTimely = false
    /// The browser may die with its newest cookies unsaved.
    var crashes = false
    /// An old token may come back after its overlap, so an end for suspected theft is right.
    var allowsTheft = false
    /// Requests may take longer than the overlap, so a refusal without reproach is right.
    var allowsLate = false
    /// Not for the sequential model: operations on every session of a principal are not one step.
    var isModelled = true
    var idle: Duration = .seconds(100)
    var touch: Duration = .seconds(10)
    var deadline: Duration = .seconds(1000)
    var overlap: Duration = .seconds(1)
    var settle: Duration = .zero
    /// Every second request is served by a machine whose clock is this much ahead.
    var skew: Duration = .zero
    /// The servers, which requests go to in turn; `nil` for one each.
    var servers: Int?
    /// Sessions a principal may have.
    var limit: Int?
    var limitAction = SessionLimitAction.endLeastRecentlyUsed
    var properties: [Property] = []
    /// The schedule that breaks a naive form of the protocol: steps that come in this order, others between them.
    var trace: [String] = []

    /// How many runs every run of the tests spends on it at most.
    var runs = 3000

    var testDescription: String { name }

    var configuration: SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.timeouts = .init(idle: idle, absolute: deadline)
        configuration.touchInterval = touch
        configuration.renewalInterval = nil
        configuration.renewalSettle = settle
        configuration.renewalOverlap = overlap
        configuration.maximumSessionsPerPrincipal = limit ?? 100
        configuration.sessionLimitAction = limitAction
        return configuration
    }

    init(
        _ name: String, _ start: Start, _ requests: [Request], trace: String = "",
        _ change: (inout Scenario) -> Void = { _ in }
    ) {
        self.name = name
        self.start = start
        self.requests = requests
        self.trace = trace.split(separator: " ").map(String.init)
        properties = [Aftermath.keepsItsSession, Aftermath.staysSignedIn]
        change(&self)
    }
}

extension Scenario {
    /// A scenario that is nothing but a set of actions, and is known by their names: `visitor: set a, sign in`.
    init(_ start: Start, _ actions: [Action], isOneServer: Bool = false) {
        var faultKinds: [StoreFault] = []
        if actions.contains(.storeFailure) { faultKinds.append(.fails) }
        if actions.contains(.lostAcknowledgement) { faultKinds.append(.loses) }
        var requests = actions.filter { $0.isRequest || $0 == .expire }
        // Something must be there to fail.
        if !requests.contains(where: \.isRequest) { requests.append(.update) }
        self.init(
            start.rawValue + (isOneServer ? Self.oneServer : "") + ": "
                + actions.map(\.rawValue).joined(separator: ", "), start,
            requests.map { Request($0, by: $0 == .endByOperator ? .other : .client) }
        ) {
            $0.faults = actions.count { $0 == .storeFailure || $0 == .lostAcknowledgement }
            $0.faultKinds = faultKinds
            $0.overlap = .seconds(60)
            $0.losses = actions.count { $0 == .lostResponse }
            if isOneServer { $0.servers = 1 }
        }
    }

    /// Reads the name of a set of actions back.
    init?(named name: String) {
        let parts = name.split(separator: ": ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let isOneServer = parts[0].hasSuffix(Self.oneServer)
        guard let start = Start(rawValue: isOneServer ? String(parts[0].dropLast(Self.oneServer.count)) : parts[0])
        else { return nil }
        let names = parts[1].components(separatedBy: ", ")
        let actions = names.compactMap { Action(rawValue: $0) }
        guard actions.count == names.count else { return nil }
        self.init(start, actions, isOneServer: isOneServer)
    }

    private static let oneServer = " on one server"
}
