import Hummingbird
import Sessions
import SessionsHummingbird
import SessionsSQLite

extension SessionKey<Int> { static var visits: Self { "hello.visits" } }

let sessions = try SessionManager(store: try await SQLiteSessionStore(path: "sessions.db"))
let router = Router(context: BasicSessionsRequestContext.self)
router.add(middleware: SessionsMiddleware(sessions))

router.get("/") { request, context in
    let session = try await context.session()  // loads on first use; no use, no store call
    let visits = try await session.update(.visits, default: 0) { $0 += 1 }
    return "visit \(visits)\n"
}

// A client that goes away without a word keeps no connection.
try await Application(
    router: router, server: .http1(configuration: .init(idleTimeout: .seconds(60))),
    services: [SessionSweeper(sessions)]
).runService()
