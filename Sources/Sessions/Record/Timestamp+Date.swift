#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension Timestamp {
    /// Makes the moment of a date, cut to the millisecond; a date out of range gives the nearest moment.
    ///
    /// `Timestamp(Date(moment))` is `moment` for all years that have four digits, though a date is a floating-point number.
    public init(_ date: Date) {
        let seconds = date.timeIntervalSince1970
        // A date keeps its distance from 2001: what it holds of a whole millisecond may be one step too small.
        let step = seconds.isFinite ? max(seconds.ulp, date.timeIntervalSinceReferenceDate.ulp) : 0
        let milliseconds = ((seconds + step) * 1000).rounded(.down)
        self.init(milliseconds: Int64(exactly: milliseconds) ?? (milliseconds < 0 ? .min : .max))
    }
}

extension Date {
    /// Makes the date of a session's timestamp.
    public init(_ timestamp: Timestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.milliseconds) / 1000)
    }
}
