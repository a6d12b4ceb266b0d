/// What a response carries of its session: decided by ``RequestState/seal(refusal:at:arrivedAt:under:)`` alone.
package struct Reply: Sendable {
    /// A token on its way to the client.
    package struct Issued: Sendable {
        package let token: SessionToken
        package let place: TokenPlace
        /// Seconds that the client keeps it; `nil` for as long as the browser runs.
        package let maxAge: Int64?
        /// When the response's head leaves, which is when `maxAge` begins.
        package let sentAt: Timestamp
    }

    /// The token that the client must hold from now on; `nil` to leave it what it has.
    package var token: Issued?
    /// Where the request brought anything, a token or not.
    package var occupied: TokenPlaces = []
    /// Where the client must drop what it has.
    package var deletions: TokenPlaces = []
    /// Whether the response depends on the session, so that no cache may keep it.
    package var isPersonal = false
    /// Whether a cache may keep the response for requests that bring the same: no token, to a route that allows it.
    package var isForStrangers = false
    /// Whether the client is asked to clear what the application left with it.
    package var clearsSiteData = false

    /// The field that gives the browser its token as a known device; `nil` to leave it what it has.
    package var deviceCookie: String?

    var isEmpty: Bool { token == nil && deletions.isEmpty && !isPersonal && !isForStrangers && !clearsSiteData }
}
