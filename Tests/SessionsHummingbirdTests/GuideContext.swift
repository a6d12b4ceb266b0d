import Hummingbird
import SessionsHummingbird

/// The context of docs/sessions.md, with the imports that it is shown with.
struct GuideContext: SessionsRequestContext {
    var coreContext: CoreRequestContextStorage
    var sessions: RequestSessions
    var locale = "en"

    init(source: Source) {
        coreContext = .init(source: source)
        sessions = .init(source: source)
    }
}
