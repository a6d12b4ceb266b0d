/// Times, sizes and names as operators read them, in a terminal and on a page.
package enum Wording {
    /// `2026-11-25 18:04:05 UTC`.
    package static func date(_ moment: Timestamp) -> String {
        String("\(moment)".prefix(19).map { $0 == "T" ? " " : $0 }) + " UTC"
    }

    /// `in 29 min`, `2 h ago`, `just now`.
    package static func distance(_ moment: Timestamp, from now: Timestamp) -> String {
        let time = moment - now
        if time.milliseconds.magnitude < 5000 { return "just now" }
        return time > .zero ? "in \(span(time))" : "\(span(.zero - time)) ago"
    }

    /// `45 s`, `29 min`, `12 h`, `30 d`: minutes rounded down, hours and days to the nearest.
    package static func span(_ duration: Duration) -> String {
        let seconds = duration.milliseconds / 1000
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\((seconds + 1800) / 3600) h"
        default: "\((seconds + 43_200) / 86_400) d"
        }
    }

    /// A setting, to the millisecond: `30 min`, `1 h 5 s`.
    package static func exact(_ duration: Duration) -> String {
        var rest = duration.milliseconds
        var parts: [String] = []
        for (size, unit) in [(Int64(86_400_000), "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")]
        where rest >= size {
            parts.append("\(rest / size) \(unit)")
            rest %= size
        }
        return parts.isEmpty ? "0 s" : parts.joined(separator: " ")
    }

    package static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1024: "\(count) B"
        case ..<(1024 * 1024): tenths(count, of: 1024) + " KiB"
        default: tenths(count, of: 1024 * 1024) + " MiB"
        }
    }

    private static func tenths(_ count: Int, of unit: Int) -> String {
        let tenths = count * 10 / unit
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `1 session`, `2 sessions`, `12,000 sessions`.
    package static func count(_ number: Int, _ noun: String) -> String {
        "\(Self.number(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `12,345`.
    package static func number(_ number: Int) -> String {
        var digits = Array(String(abs(number)))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// A text of a user's, without what could move the cursor or turn the line around.
    package static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    package static func owner(_ principal: Principal?) -> String { principal.map { printable($0.name) } ?? "(visitor)" }

    /// A sentence that says why a session ended.
    package static func reason(_ end: SessionEnd, of record: SessionRecord) -> String {
        switch end.reason {
        case .signedOut: "The user signed out."
        case .endedByUser: "The user ended it from another session."
        case .endedByOperator: "An operator ended it."
        case .limit: "The user had more sessions than the limit allows, and this one had to go."
        case .suspectedTheft: "An old secret came back after its overlap, so two clients held its token."
        case .otherClient: "Its token came in a URL from another client than its own."
        case .handedOver: "A code from a URL was changed for another session, which goes on."
        case .expired where end.at < record.lifetime.absoluteDeadline:
            "It was not used for its idle timeout of \(record.lifetime.idleTimeout.map(exact) ?? "no time")."
        case .expired: "It reached the end of its absolute timeout."
        default: "The application ended it: \"\(printable(end.reason.rawValue))\"."
        }
    }
}
