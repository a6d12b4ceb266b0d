import ArgumentParser
import Sessions

/// `1500ms`, `2s`, `30m`, `12h`, `7d` or `off`.
struct DurationOption: ExpressibleByArgument {
    let value: Duration?

    init(_ value: Duration?) { self.value = value }

    init?(argument: String) {
        if argument == "off" {
            value = nil
            return
        }
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let milliseconds: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let count = Int64(digits), let unit = milliseconds[argument.dropFirst(digits.count)] else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        value = .milliseconds(product)
    }

    func required(_ option: String) throws -> Duration {
        guard let value else { throw ValidationError("\(option) can't be off") }
        return value
    }

    /// Refuses zero, which would end or renew everything at once.
    func checkPositive(_ option: String) throws {
        if value == .zero { throw ValidationError("\(option) must be at least 1ms") }
    }

    var defaultValueDescription: String {
        guard let milliseconds = value?.milliseconds else { return "off" }
        for (unit, size) in [("h", Int64(3_600_000)), ("m", 60_000), ("s", 1000)] where milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
