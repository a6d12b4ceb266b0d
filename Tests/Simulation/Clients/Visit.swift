import HTTPTypes
import Sessions

extension SessionKey<Int> {
    static var a: Self { "a" }
    static var b: Self { "b" }
    static var n: Self { "n" }
}

/// One request as a server handles it: looks at its session, does its one thing, finishes; each deed goes into the history.
struct Visit: Sendable {
    let number: Int
    let action: Action
    let handle: SessionHandle
    let jar: Client.Jar
    let history: History
    /// The handler's own work, if it takes any time.
    let work: (@Sendable () async -> Void)?

    func run() async -> Answer {
        var failure: SessionError?
        var buffers: [String: Int] = [:]
        do {
            await work?()
            let session = try await look()
            await work?()
            switch action {
            case .setA: try set(.a, in: session, &buffers)
            case .setB: try set(.b, in: session, &buffers)
            case .setThenUpdate:
                try session.set(.n, to: 500)
                try await act(.set(["n": 501]), session) {
                    let value = try await increment(session)
                    return value == 501 ? .done : .value(value)
                }
            case .update: try await act(.update, session) { .value(try await increment(session)) }
            case .signIn:
                try await act(.signIn, session) {
                    try await session.signIn(try Principal("ada"))
                    return .done
                }
            case .stepUp:
                try await act(.stepUp, session) {
                    try await session.stepUp()
                    return .done
                }
            case .renew:
                try await act(.renew, session) { try await session.renew() ? .done : .value(0) }
            case .signOut:
                try await act(.end, session) {
                    try await session.end()
                    return .done
                }
            default: break
            }
            await work?()
        } catch {
            failure = error as? SessionError
        }
        return await finish(failure, buffers)
    }

    private func look() async throws -> Session {
        let call = Deed.Call.look(signedIn: jar.token(SentCookie.signedIn), visitor: jar.token(SentCookie.visitor))
        let mark = history.mark(number)
        do {
            let session = try await handle.session()
            let sight = try Sight(session)
            history.note(call, of: number, .saw(sight), id: session.id, since: mark)
            return session
        } catch let error as SessionError {
            history.note(call, of: number, Deed.Answer(error), id: nil, since: mark)
            throw error
        }
    }

    private func act(_ call: Deed.Call, _ session: Session, _ body: () async throws -> Deed.Answer)
        async throws
    {
        let mark = history.mark(number)
        do {
            history.note(call, of: number, try await body(), id: session.id, since: mark)
        } catch let error as SessionError {
            history.note(call, of: number, Deed.Answer(error), id: session.id, since: mark)
            throw error
        }
    }

    private func increment(_ session: Session) async throws -> Int {
        try await session.update(.n, default: 0) {
            $0 += 1
            return $0
        }
    }

    /// The value says which request has written it.
    private func set(_ key: SessionKey<Int>, in session: Session, _ buffers: inout [String: Int]) throws {
        let mark = history.mark(number)
        do {
            try session.set(key, to: number)
            buffers[key.name] = number
        } catch {
            history.note(.set([key.name: number]), of: number, .refused(error.code), id: nil, since: mark)
            throw error
        }
    }

    private func finish(_ failure: SessionError?, _ buffers: [String: Int]) async -> Answer {
        let mark = history.mark(number)
        let outcome = await handle.finish(status: failure?.code.status ?? .ok)
        if !buffers.isEmpty {
            let answer: Deed.Answer = outcome.error.map { .init($0) } ?? .done
            history.note(.set(buffers), of: number, answer, id: try? await handle.session().id, since: mark)
        } else if let error = outcome.error {
            history.fault("request \(number) wrote nothing in the end and was refused: \(error.code)")
        }
        var fields = HTTPFields()
        outcome.apply(to: &fields)
        return Answer(status: (outcome.error ?? failure)?.code.status.code ?? 200, fields: fields)
    }
}

extension Sight {
    init(_ session: Session) throws {
        id = session.id
        principal = session.principal?.name
        ended = session.explanation?.reason.rawValue
        for key in [SessionKey<Int>.a, .b, .n] { values[key.name] = try session.value(key) }
    }
}

extension Deed.Answer {
    init(_ error: SessionError) {
        self = error.code == .unavailable ? .unknown : .refused(error.code)
    }
}
