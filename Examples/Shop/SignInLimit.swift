import Foundation
import Hummingbird
import Sessions

/// How often a password may be tried, by each address and for each name.
///
/// A right one doesn't count.
struct SignInLimit: Sendable {
    private let addresses: AttemptLimit<NetworkAddress>?
    private let names: AttemptLimit<String>?

    /// - Parameter tries: for a name in 15 minutes, and for an address three times as many; `nil` for no limit
    init(tries: Int?) {
        addresses = tries.map { AttemptLimit(3 * $0, per: .minutes(15)) }
        names = tries.map { AttemptLimit($0, per: .minutes(15)) }
    }

    /// Checks a password, unless there were too many tries: then not even its hash is made.
    ///
    /// A try counts before it is checked, so that many at once are no way around the limit.
    func allows(_ name: String, from address: NetworkAddress?, _ check: () async throws -> Bool) async throws -> Bool {
        let now = SystemSessionClock().now
        // The bytes of an e-mail address; more is no name of a customer, and would only take memory.
        let name = String(decoding: name.utf8.prefix(254), as: UTF8.self)
        let network = address?.clientNetwork
        if let network, let wait = addresses?.take(network, at: now) { throw Self.refusal(wait) }
        if let wait = names?.take(name, at: now) { throw Self.refusal(wait) }
        guard try await check() else { return false }
        if let network { addresses?.giveBack(network, at: now) }
        names?.giveBack(name, at: now)
        return true
    }

    private static func refusal(_ wait: Duration) -> HTTPError {
        let seconds = (wait.milliseconds + 999) / 1000
        return HTTPError(
            .tooManyRequests, headers: [.retryAfter: "\(seconds)"],
            message: "too many tries to sign in; try again in \(seconds) seconds")
    }
}
