import ArgumentParser
import Sessions

/// `3`, `3:refuse`, `3:ask` or `off`: how many sessions a user may have, and what becomes of one more.
struct LimitOption: ExpressibleByArgument {
    var count: Int?
    var action = SessionLimitAction.endLeastRecentlyUsed

    init(_ count: Int?) { self.count = count }

    init?(argument: String) {
        if argument == "off" { return }
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let count = Int(parts[0]), count > 0 else { return nil }
        self.count = count
        guard parts.count == 2 else { return }
        guard let action = SessionLimitAction(rawValue: String(parts[1])) else { return nil }
        self.action = action
    }

    var defaultValueDescription: String { count.map { "\($0)" } ?? "off" }
}
