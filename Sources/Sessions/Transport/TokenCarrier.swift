package import HTTPTypes

/// One way for tokens to travel between a client and the engine.
///
/// The engine asks its carriers in order and takes the first token that proves a live session. A carrier reads and writes; it
/// decides nothing.
package protocol TokenCarrier: Sendable {
    /// The sessions whose tokens travel this way, as their records say.
    var kind: SessionRecord.Carrier { get }

    /// The request fields that a response to a request with or without a token depends on.
    var varyingFields: [HTTPField.Name] { get }

    /// Returns what a request holds at the places of this carrier, the place to believe first at the front.
    ///
    /// Reads all of the request's head. A place that is not used is left out.
    /// - Throws: ``SessionError`` where the fields are over the limits of what is read
    func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken]

    /// Adds to a response what brings the reply's token to the client, and what makes the client drop others.
    ///
    /// Deletions come first and the token last, for gateways that keep one `Set-Cookie` alone.
    func write(_ reply: Reply, to fields: inout HTTPFields)
}
