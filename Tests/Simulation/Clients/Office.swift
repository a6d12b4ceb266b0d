import Sessions
import Synchronization

/// What operators do: no cookie, no fence.
struct Office: Sendable {
    let number: Int
    let manager: SessionManager
    let history: History
    let session: SessionID?

    func perform(_ action: Action) async {
        let mark = history.mark(number)
        do {
            switch action {
            case .endAll:
                _ = try await manager.endAll(of: try Principal("ada"))
            default:
                guard let session else { return }
                let call = Deed.Call.endByOperator(session)
                do {
                    let isEnded = try await manager.end(session)
                    history.note(call, of: number, .value(isEnded ? 1 : 0), id: session, since: mark)
                } catch {
                    history.note(call, of: number, .init(error), id: session, since: mark)
                }
            }
        } catch {
            // "End all" failed half-way; whoever asked was told so and asks again.
        }
    }
}

/// Collects what a task finds.
final class Found: Sendable {
    private let state = Mutex<[SessionRecord]>([])
    var records: [SessionRecord] { state.withLock { $0 } }
    func append(_ record: SessionRecord) { state.withLock { $0.append(record) } }
}

extension Sight {
    /// What an operator sees of a record; `id` is there while it lives.
    init(_ record: SessionRecord, at now: Timestamp) {
        let end = record.end(at: now)
        id = end == nil ? record.id : nil
        principal = record.principal?.name
        ended = end?.reason.rawValue
        if end == nil || record.end != nil {
            for attribute in record.attributes { values[attribute.name] = Int(attribute.json) }
        }
    }
}
