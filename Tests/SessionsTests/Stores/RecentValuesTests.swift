import Testing

@testable import Sessions

/// What stores know of their servers for a while.
@Suite(.timeLimit(.minutes(10))) struct RecentValuesTests {
    @Test("What is known is asked anew by one caller, once it is old or the clock was set back")
    func turns() {
        let values = RecentValues<Int, String>(age: .seconds(1))
        let start = Timestamp(milliseconds: 1_000_000)
        values.change(1) { $0 = "unasked" }
        #expect(values[1] == nil)
        #expect(values.takeTurn(on: 1, at: start) && !values.takeTurn(on: 1, at: start))
        values.change(1) { $0 = "known" }
        #expect(values[1] == "known" && values[2] == nil)
        #expect(!values.takeTurn(on: 1, at: start + .milliseconds(999)) && values.takeTurn(on: 2, at: start))
        #expect(values.takeTurn(on: 1, at: start + .milliseconds(1000)) && values[1] == "known")
        #expect(values.takeTurn(on: 1, at: start + .milliseconds(999)))
    }
}
