extension Timestamp {
    /// The moment as HTTP writes it (RFC 9110's IMF-fixdate), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// Cut to the second. The form has four digits for the year, so a moment outside of 0000 to 9999 gives the nearest one.
    var httpDate: String {
        let (seconds, _) = Self.split(min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999), by: 1000)
        let (days, second) = Self.split(seconds, by: 86_400)
        let (year, month, day) = Self.civilDate(days)
        // 1970-01-01 was a Thursday.
        let weekday = Int(Self.split(days + 4, by: 7).remainder)
        func digits(_ number: Int64, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: width - text.count) + text
        }
        return "\(Self.weekdays[weekday]), \(digits(day, 2)) \(Self.months[Int(month) - 1]) \(digits(year, 4)) "
            + "\(digits(second / 3600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2)) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
