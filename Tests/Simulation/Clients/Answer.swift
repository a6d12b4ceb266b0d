import HTTPTypes
import Sessions
import Synchronization

/// The response of a request, once its head has left.
struct Answer: Sendable {
    /// 0 for an operator, who gets no HTTP response.
    var status: Int
    var fields = HTTPFields()

    var cookies: [SentCookie] { fields[values: .setCookie].map(SentCookie.init) }
}

/// Where a request's task leaves its answer.
final class AnswerBox: Sendable {
    private let answer = Mutex<Answer?>(nil)

    var content: Answer? { answer.withLock { $0 } }
    func put(_ new: Answer) { answer.withLock { $0 = new } }
}
