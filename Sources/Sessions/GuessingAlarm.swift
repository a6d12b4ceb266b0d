public import Logging
import Synchronization

/// Notices clients that guess tokens or make sessions in numbers, and calls an alarm with their address.
///
/// It counts refused tokens that are unknown, malformed or ambiguous, and new sessions that were refused. Give it to the
/// ``SessionManager`` as an observer, and log, count or block in the alarm.
public final class GuessingAlarm: SessionObserver {
    private let alarm: @Sendable (NetworkAddress, SessionEvent) -> Void
    private let refusals: AttemptLimit<NetworkAddress>
    private let alarms: AttemptLimit<NetworkAddress>
    private let counter = Atomic<Int>(0)

    /// Makes an alarm.
    ///
    /// - Parameters:
    ///   - count: refusals that one address may cause without an alarm; all addresses of an IPv6 /64 are one
    ///   - period: the time in which that many are allowed again, and in which an address causes one alarm at most
    ///   - maximumAddresses: how many addresses are remembered
    ///   - alarm: called in line, with the client's network and the event that was one too many
    public init(
        after count: Int = 100, per period: Duration = .seconds(60), maximumAddresses: Int = 100_000,
        alarm: @escaping @Sendable (_ client: NetworkAddress, _ event: SessionEvent) -> Void
    ) {
        self.alarm = alarm
        refusals = AttemptLimit(count, per: period, maximumKeys: maximumAddresses)
        alarms = AttemptLimit(1, per: period, maximumKeys: maximumAddresses)
    }

    /// The alarm hears of events alone.
    public var observesOperations: Bool { false }

    /// The refusals that were counted since the start, of all addresses and of clients without one.
    public var count: Int { counter.load(ordering: .relaxed) }

    /// Counts the event if it is a refusal.
    public func observe(_ event: SessionEvent, logger: Logger?) {
        guard Self.isCounted(event.kind) else { return }
        counter.add(1, ordering: .relaxed)
        guard let network = event.client?.clientNetwork, refusals.take(network, at: event.at) != nil,
            alarms.take(network, at: event.at) == nil
        else { return }
        alarm(network, event)
    }

    private static func isCounted(_ kind: SessionEvent.Kind) -> Bool {
        switch kind {
        case .tokenRefused(.unknown), .tokenRefused(.malformed), .tokenRefused(.ambiguous), .newSessionRefused: true
        default: false
        }
    }
}
