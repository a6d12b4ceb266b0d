/// Decides whether a client may make one more session of a visitor, so that no stranger fills the store.
///
/// It is asked in line, whenever a request without a session is about to make one that no user is signed in to; clients on
/// this machine are not limited.
public struct NewSessionLimit: Sendable {
    let wait: @Sendable (NetworkAddress, Timestamp) -> Duration?

    /// Makes a limit of the application's own.
    ///
    /// - Parameter wait: from the client's address, behind trusted proxies, and the time: `nil` where the session may be made,
    ///   or else how long the client has to wait
    public init(_ wait: @escaping @Sendable (_ client: NetworkAddress, _ now: Timestamp) -> Duration?) {
        self.wait = wait
    }

    /// Allows each address a number of new sessions in a period; all addresses of an IPv6 /64 count as one.
    ///
    /// Of two managers with this limit each counts for itself, and so does each server.
    /// - Parameters:
    ///   - count: new sessions at once, and in each period
    ///   - period: the time in which that many are allowed again
    ///   - maximumAddresses: how many addresses are remembered, about 100 bytes each
    public static func perAddress(
        _ count: Int = 300, per period: Duration = .seconds(60), maximumAddresses: Int = 100_000
    ) -> Self {
        let limit = AttemptLimit<NetworkAddress>(count, per: period, maximumKeys: maximumAddresses)
        return Self { limit.take($0.clientNetwork, at: $1) }
    }
}
