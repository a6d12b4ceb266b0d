import SessionsTesting
import Testing

@testable import Sessions

@Suite("DET-1: attempts by key are limited", .timeLimit(.minutes(10)))
struct AttemptLimitTests {
    private let clock = ManualClock()

    @Test("A key may make as many attempts as the limit says, and each comes back after its share of the period")
    func rate() {
        let limit = AttemptLimit<String>(3, per: .seconds(30))
        for _ in 1...3 { #expect(limit.take("ada", at: clock.now) == nil) }
        #expect(limit.take("ada", at: clock.now) == .seconds(10))
        clock.advance(by: .milliseconds(9999))
        #expect(limit.take("ada", at: clock.now) == .milliseconds(1))
        clock.advance(by: .milliseconds(1))
        #expect(limit.take("ada", at: clock.now) == nil)
        #expect(limit.take("ada", at: clock.now) == .seconds(10))
        clock.advance(by: .seconds(30))
        for _ in 1...3 { #expect(limit.take("ada", at: clock.now) == nil) }
        #expect(limit.take("ada", at: clock.now) == .seconds(10))
    }

    @Test("Keys are limited apart, and an attempt that is given back doesn't count")
    func keys() {
        let limit = AttemptLimit<String>(1, per: .seconds(10))
        #expect(limit.take("ada", at: clock.now) == nil)
        #expect(limit.take("grace", at: clock.now) == nil)
        #expect(limit.take("ada", at: clock.now) == .seconds(10))
        limit.giveBack("ada", at: clock.now)
        limit.giveBack("nobody", at: clock.now)
        #expect(limit.take("ada", at: clock.now) == nil)
        #expect(limit.take("ada", at: clock.now) == .seconds(10))
    }

    @Test("A clock that is set back keeps a key out for no longer than the period")
    func clockSetBack() {
        let limit = AttemptLimit<String>(2, per: .seconds(10))
        for _ in 1...2 { #expect(limit.take("ada", at: clock.now) == nil) }
        let earlier = clock.now - .hours(1)
        #expect(limit.take("ada", at: earlier) == .seconds(5))
        #expect(limit.take("ada", at: earlier + .seconds(5)) == nil)
    }

    @Test("Of too many keys those are forgotten that were not seen for longest, and memory stays bounded")
    func bounded() {
        let limit = AttemptLimit<Int>(1, per: .hours(1), maximumKeys: 100)
        #expect(limit.take(-1, at: clock.now) == nil)
        var most = 0
        for key in 0..<1000 {
            #expect(limit.take(key, at: clock.now) == nil)
            // One that goes on trying is never forgotten.
            #expect(limit.take(-1, at: clock.now) != nil)
            most = max(most, limit.keyCount)
        }
        // A hundred, but for the one that is always in the newer half.
        #expect(most == 99)
        #expect(limit.take(999, at: clock.now) != nil)
        #expect(limit.take(0, at: clock.now) == nil)
    }
}
