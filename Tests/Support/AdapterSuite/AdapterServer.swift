/// A server with an adapter under test.
package protocol AdapterServer {
    /// Serves `shop` on a free port of this machine while `body` runs.
    ///
    /// - Parameter body: gets the address, in the form of `http://127.0.0.1:41234`
    static func serve(_ shop: AdapterShop, while body: @escaping @Sendable (String) async throws -> Void) async throws
}
