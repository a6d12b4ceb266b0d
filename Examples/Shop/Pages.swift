import Foundation
import Hummingbird
import Mustache
import NIOCore
import Sessions
import SessionsHummingbird

struct Product: Sendable {
    let id, name, note, price: String
    let cents: Int

    static let all: [Product] = [
        .init(id: "tea", name: "Darjeeling tea", note: "First flush, 100 g", price: "€ 12.50", cents: 1250),
        .init(id: "cup", name: "Stoneware cup", note: "Glazed by hand, 250 ml", price: "€ 18.00", cents: 1800),
        .init(id: "pot", name: "Cast-iron pot", note: "Keeps warm for an hour", price: "€ 64.00", cents: 6400),
        .init(id: "honey", name: "Lime-blossom honey", note: "From one meadow, 250 g", price: "€ 8.90", cents: 890),
    ]
}

/// What visitors see.
struct Pages {
    private let users: Users
    private let library: MustacheLibrary

    init() throws {
        users = try Users()
        library = MustacheLibrary(templates: try Templates.all.mapValues { try MustacheTemplate(string: $0) })
    }

    struct CartForm: Decodable {
        let product: String
        let quantity: Int
    }

    struct SignInForm: Decodable {
        let name: String
        let password: String
        let remember: String?
    }

    struct Cart: ResponseEncodable {
        let items: [String: Int]
        let flash: [String]
    }

    func add(to router: Router<ShopContext>) {
        router.get("/") { _, _ in
            try html("products", ["products": Product.all])
        }
        router.post("/cart") { request, context -> Response in
            let form = try await URLEncodedFormDecoder().decode(CartForm.self, from: request, context: context)
            guard let product = Product.all.first(where: { $0.id == form.product }) else {
                throw HTTPError(.badRequest, message: "there is no product \"\(form.product.prefix(40))\"")
            }
            guard (1...99).contains(form.quantity) else {
                throw HTTPError(.badRequest, message: "quantity is \(form.quantity); it must be 1 to 99")
            }
            let session = try await context.session()
            try await session.update(.cart, default: [:]) { cart in
                cart[product.id] = min(cart[product.id, default: 0] + form.quantity, 999)
            }
            try await session.flash("Added \(form.quantity) × \(product.name) to your cart.")
            return .redirect(to: "/cart", type: .normal)
        }
        router.get("/cart") { request, context -> Response in
            let session = try await context.session()
            let flash = try await session.takeFlash()
            let items = try session.value(.cart, default: [:])
            if request.headers[.accept]?.contains("application/json") == true {
                return try context.responseEncoder.encode(
                    Cart(items: items, flash: flash), from: request, context: context)
            }
            let lines = Product.all.filter { items[$0.id] != nil }
            let total = lines.reduce(0) { $0 + $1.cents * items[$1.id, default: 0] }
            return try html(
                "cart",
                [
                    "flash": flash, "isEmpty": lines.isEmpty,
                    "lines": lines.map {
                        ["name": $0.name, "price": $0.price, "quantity": "\(items[$0.id, default: 0])"]
                    },
                    "total": String(format: "€ %d.%02d", total / 100, total % 100),
                ])
        }
        router.get("/sign-in") { _, context -> Response in
            let session = try await context.session()
            if session.principal != nil { return .redirect(to: "/account", type: .normal) }
            return try html("sign-in", ["reason": Self.explanation(session.ended) as Any])
        }
        router.post("/sign-in") { request, context -> Response in
            let form = try await URLEncodedFormDecoder().decode(SignInForm.self, from: request, context: context)
            guard try users.accepts(name: form.name, password: form.password) else {
                return try html("sign-in", ["wrong": true], status: .unauthorized)
            }
            let session = try await context.session()
            try await session.signIn(try Principal(form.name), timeouts: form.remember == nil ? nil : .remembered)
            return .redirect(to: "/account", type: .normal)
        }
        router.post("/sign-out") { _, context -> Response in
            try await context.session().end()
            return .redirect(to: "/", type: .normal)
        }
        router.get("/account") { _, context -> Response in
            let session = try await context.session()
            guard let principal = session.principal else { return .redirect(to: "/sign-in", type: .normal) }
            let visits = try await session.update(.visits, default: 0) {
                $0 += 1; return $0
            }
            return try html(
                "account",
                [
                    "name": principal.name, "visits": "\(visits)", "once": visits == 1,
                    "id": session.id?.description ?? "", "createdAt": Self.time(session.createdAt),
                    "authenticatedAt": Self.time(session.authenticatedAt),
                    "idleDeadline": Self.time(session.idleDeadline),
                    "absoluteDeadline": Self.time(session.absoluteDeadline),
                ])
        }
    }

    private func html(_ page: String, _ values: [String: Any], status: HTTPResponse.Status = .ok) throws -> Response {
        guard let text = library.render(values, withTemplate: page) else { throw HTTPError(.internalServerError) }
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Templates.contentSecurityPolicy,
                .init("Referrer-Policy")!: "same-origin", .init("X-Content-Type-Options")!: "nosniff",
            ],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private static func time(_ timestamp: Timestamp?) -> String {
        guard let timestamp else { return "never" }
        let date = Date(timeIntervalSince1970: Double(timestamp.milliseconds) / 1000)
        return date.formatted(.iso8601.dateSeparator(.dash).timeSeparator(.colon))
    }

    private static func explanation(_ end: SessionEnd?) -> String? {
        switch end?.reason {
        case nil: nil
        case .expired: "You were away for a while, so we signed you out."
        case .signedOut: "You have signed out."
        case .suspectedTheft:
            "We ended your session because an old copy of it was used. If that wasn't you, change your password."
        default: "Your session was ended. Please sign in again."
        }
    }
}
