import Foundation
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Moments: their text, their arithmetic and dates", .timeLimit(.minutes(10)))
struct TimestampTests {
    @Test(
        "The text is ISO 8601 in UTC with milliseconds",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (999, "1970-01-01T00:00:00.999Z"),
            (1000, "1970-01-01T00:00:01.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (-1000, "1969-12-31T23:59:59.000Z"),
            (-86_400_000, "1969-12-31T00:00:00.000Z"), (86_399_999, "1970-01-01T23:59:59.999Z"),
            (1_795_629_845_123, "2026-11-25T18:04:05.123Z"), (2_208_988_800_000, "2040-01-01T00:00:00.000Z"),
            // The leap days of 2000 and 2024, and the day that 1900 and 2100 don't have.
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_735_603_200_000, "2024-12-31T00:00:00.000Z"), (-2_203_977_600_000, "1900-02-28T00:00:00.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (-62_135_596_800_001, "0000-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "-0001-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
            (.max, "292278994-08-17T07:12:55.807Z"), (.min, "-292275055-05-16T16:47:04.192Z"),
        ])
    func text(_ milliseconds: Int64, _ expected: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == expected)
    }

    @Test("Every day of 800 years is the one after the day before, as the calendar of Foundation has it")
    func days() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        // From 1600-01-01; the Gregorian calendar has the same days in each 400 years.
        for day in Int64(-135_140)..<(-135_140 + 292_194) where day % 7 == 0 || (day + 135_140) % 1461 > 1450 {
            let moment = Timestamp(milliseconds: day * 86_400_000)
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(moment))
            let (year, month, dayOfMonth) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
            let expected = "\(year)-\(two(month))-\(two(dayOfMonth))T00:00:00.000Z"
            guard moment.description == expected else {
                Issue.record("\(moment) is \(expected)")
                return
            }
        }
    }

    @Test(
        "A date becomes the millisecond that it is in, also before 1970",
        arguments: [
            (0.0, Int64(0)), (0.001, 1), (0.0019, 1), (-0.001, -1), (-0.0001, -1), (1.5, 1500), (-1.5, -1500),
            (1e300, .max), (-1e300, .min), (.infinity, .max), (-.infinity, .min),
            (1e16, .max), (-1e16, .min),
        ])
    func fromDate(_ seconds: Double, _ milliseconds: Int64) {
        #expect(Timestamp(Date(timeIntervalSince1970: seconds)).milliseconds == milliseconds)
    }

    @Test("A moment survives the way to a date and back, in all years of four digits")
    func roundTrip() {
        var random = SplitMix64(seed: 5)
        let range = Int64(-62_135_596_800_000)...253_402_300_799_999
        for milliseconds in [0, 1, -1, 999, range.lowerBound, range.upperBound] as [Int64]
            + (0..<10_000).map({ _ in Int64.random(in: range, using: &random) })
        {
            let moment = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(Date(moment)) == moment)
            #expect(abs(Date(moment).timeIntervalSince1970 - Double(milliseconds) / 1000) < 0.0005)
        }
    }

    @Test("Sums and differences stop at the ends of time and never wrap")
    func saturation() {
        let first = Timestamp(milliseconds: .min), last = Timestamp(milliseconds: .max)
        let zero = Timestamp(milliseconds: 0)
        #expect(last + .milliseconds(1) == last && last + .seconds(Int64.max) == last)
        #expect(first + .milliseconds(-1) == first && first - .seconds(Int64.max) == first)
        #expect(last - .milliseconds(1) == Timestamp(milliseconds: .max - 1))
        #expect(zero + .seconds(Int64.max) == last && zero - .seconds(Int64.max) == first)
        #expect((last - first).milliseconds == .max && (first - last).milliseconds == .min)
        #expect((last - zero).milliseconds == .max && (zero - last).milliseconds == -.max)
        #expect(first < zero && zero < last && !(zero < zero))
    }

    @Test("A duration is cut to whole milliseconds, towards zero, and stops at the ends")
    func durations() {
        for (duration, milliseconds) in [
            (.microseconds(1999), 1), (.microseconds(-1999), -1), (.zero, 0), (.minutes(2), 120_000),
            (.hours(2), 7_200_000), (.days(2), 172_800_000), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
            (.seconds(9_223_372_036_854_775) + .milliseconds(807), .max),
            (.seconds(9_223_372_036_854_775) + .milliseconds(806), .max - 1),
        ] as [(Duration, Int64)] {
            #expect(duration.milliseconds == milliseconds)
        }
    }
}
