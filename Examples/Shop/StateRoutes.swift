import Hummingbird
import Sessions
import SessionsHummingbird

/// The session itself, for pages' scripts and for monitoring.
struct StateRoutes {
    let manager: SessionManager
    let tokens: FormTokens

    struct State: ResponseEncodable {
        struct Ended: Encodable {
            let reason: String
            let at: Int64
            let wasSignedIn: Bool
        }
        let id: String?
        let principal: String?
        let createdAt, lastUsedAt, idleDeadline, absoluteDeadline: Int64?
        let attributes: [String]
        let ended: Ended?

        init(_ session: Session) {
            let info = session.info
            id = info?.id.description
            principal = info?.principal?.name
            createdAt = info?.createdAt.milliseconds
            lastUsedAt = info?.lastUsedAt.milliseconds
            idleDeadline = info?.idleDeadline?.milliseconds
            absoluteDeadline = info?.absoluteDeadline.milliseconds
            attributes = session.attributeNames
            ended = session.explanation.map {
                .init(reason: $0.reason.rawValue, at: $0.at.milliseconds, wasSignedIn: $0.wasSignedIn)
            }
        }

        private enum Key: CodingKey {
            case id, principal, createdAt, lastUsedAt, idleDeadline, absoluteDeadline, attributes, ended
        }

        // Every field is there, as null where it has no value.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(id, forKey: .id)
            try container.encode(principal, forKey: .principal)
            try container.encode(createdAt, forKey: .createdAt)
            try container.encode(lastUsedAt, forKey: .lastUsedAt)
            try container.encode(idleDeadline, forKey: .idleDeadline)
            try container.encode(absoluteDeadline, forKey: .absoluteDeadline)
            try container.encode(attributes, forKey: .attributes)
            try container.encode(ended, forKey: .ended)
        }
    }

    struct Visits: ResponseEncodable {
        let visits: Int
    }

    func add(to router: Router<ShopContext>) {
        router.get("/healthz") { _, _ -> String in
            // A write, since a full disk lets sessions be read.
            try await manager.checkHealth()
            return "ok\n"
        }
        // With ?peek it is no use of the session: for a countdown that asks how long it lasts.
        router.get("/session") { request, context -> State in
            let isPeeking = request.uri.queryParameters["peek"] != nil
            let session = isPeeking ? try await context.peekAtSession() : try await context.session()
            return State(session)
        }
        router.post("/visits") { _, context -> Visits in
            let session = try await context.session()
            try await tokens.check(nil, for: session)
            return Visits(
                visits: try await session.update(.visits, default: 0) { $0 += 1 })
        }
    }
}

extension SessionKey<Int> { static var visits: Self { .init("shop.visits", whenUnreadable: .startAfresh) } }
extension SessionKey<[String: Int]> { static var cart: Self { .init("shop.cart", whenUnreadable: .startAfresh) } }
