import Sessions
import ShopDriver
import Testing
import TokenScanner

/// Something that a browser must see of every server with an adapter.
///
/// ```swift
/// @Test(arguments: AdapterBehaviour.all)
/// func shows(_ behaviour: AdapterBehaviour) async throws {
///     try await behaviour.verify(on: MyServer.self)
/// }
/// ```
package struct AdapterBehaviour: Sendable, CustomTestStringConvertible {
    /// A sentence that says what the server does.
    package let name: String
    private let configuration: SessionConfiguration
    private let errorPage: String?
    private let check: @Sendable (AdapterShop, Customer) async throws -> Void

    init(
        _ name: String, configuration: SessionConfiguration = .init(), errorPage: String? = nil,
        check: @escaping @Sendable (AdapterShop, Customer) async throws -> Void
    ) {
        self.name = name
        self.configuration = configuration
        self.errorPage = errorPage
        self.check = check
    }

    package var testDescription: String { name }

    /// Serves an application of its own and visits it.
    package func verify(on server: any AdapterServer.Type) async throws {
        let shop = try AdapterShop(configuration, errorPage: errorPage)
        try await confirmation("the server calls back with its address") { confirm in
            try await server.serve(shop) { address in
                confirm()
                try await check(shop, Customer(at: address))
                // H-6, beside the answers, which the customer's browser looks through.
                try IssuedTokens.shared.check("the log of a server", shop.log.lines.joined(separator: "\n"))
                try IssuedTokens.shared.check("an event", shop.events.all.map { "\($0)" }.joined(separator: "\n"))
            }
        }
    }

    package static let all: [AdapterBehaviour] =
        responses + errors + transport + forgery + urls + bytes + caches
}
