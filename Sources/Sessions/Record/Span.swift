/// A duration in whole milliseconds: what the engine computes with, since arithmetic on `Duration` is in 128 bits.
struct Span: Sendable, Hashable {
    let milliseconds: Int64

    init(_ duration: Duration) {
        milliseconds = duration.milliseconds
    }

    var duration: Duration { .milliseconds(milliseconds) }
}

extension Timestamp {
    /// Saturates, so that a far deadline never wraps into the past.
    static func + (left: Self, right: Span) -> Self {
        let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.milliseconds)
        return Self(milliseconds: overflow ? (right.milliseconds < 0 ? .min : .max) : sum)
    }
}
