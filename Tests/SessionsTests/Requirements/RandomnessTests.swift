import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("What tokens are made of", .timeLimit(.minutes(10)))
struct RandomnessTests {
    /// ID and secret of a fresh token.
    private func blocks() throws -> [Block16] {
        let secret = try SessionSecret(from: SystemRandomSource())
        return [try SystemRandomSource().block(), secret.family, secret.step]
    }

    @Test("ID-1, ID-2: 100,000 tokens are all different, and each bit is set in half of them, within six sigma")
    func bits() throws {
        let count = 100_000
        var ones = [Int](repeating: 0, count: 384)
        var seen: Set<Block16> = []
        for _ in 0..<count {
            for (index, block) in try blocks().enumerated() {
                seen.insert(block)
                for bit in 0..<64 {
                    ones[128 * index + bit] += Int(block.high >> UInt64(bit) & 1)
                    ones[128 * index + 64 + bit] += Int(block.low >> UInt64(bit) & 1)
                }
            }
        }
        #expect(seen.count == 3 * count)
        // Half of sqrt(n) is one sigma of a fair coin thrown n times. Six, so that 384 fair bits fail once in a million runs.
        let tolerance = 6 * 0.5 * Double(count).squareRoot()
        for (bit, ones) in ones.enumerated() {
            #expect(abs(Double(ones) - Double(count) / 2) < tolerance, "bit \(bit) is set in \(ones) of \(count)")
        }
    }

    @Test("ID-4: 64 tasks at once make no two sessions with one ID")
    func uniqueUnderLoad() async throws {
        let bench = try Bench()
        let manager = try SessionManager(store: MemorySessionStore(), clock: bench.clock)
        let ids = try await withThrowingTaskGroup(of: [SessionID].self) { group in
            for _ in 0..<64 {
                group.addTask {
                    var ids: [SessionID] = []
                    for _ in 0..<200 {
                        let visitor = Visitor(manager)
                        try await visitor.visit { try $0.set(.a, to: 1) }
                        ids.append(try #require(try await visitor.look().id))
                    }
                    return ids
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 64 * 200)
    }

    @Test("ID-5, H-2: a token is the random source's blocks and nothing else")
    func meaningless() async throws {
        var tokens: Set<String> = []
        for name in ["ada", "grace"] {
            let manager = try SessionManager(
                store: MemorySessionStore(), clock: ManualClock(), random: SeededRandomSource(seed: 11))
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(try Principal(name)) }
            tokens.insert(try #require(visitor.signedInToken))
        }
        let random = SeededRandomSource(seed: 11)
        let id = SessionID(try random.block())
        let expected = SessionToken(id: id, secret: try SessionSecret(from: random))
        #expect(tokens == [expected.exposedText])
    }

    @Test("ID-10, R-4: an ID that is taken is never overwritten; another is drawn")
    func collision() async throws {
        /// Draws the ID of the first session again for the second; a session takes three blocks.
        final class Repeating: RandomSource {
            private let base = SeededRandomSource(seed: 3)
            private let first: (UInt64, UInt64)
            private let draws = Atomic<Int>(0)
            init() throws { first = try base.words() }
            func words() throws(SessionError) -> (UInt64, UInt64) {
                switch draws.add(1, ordering: .relaxed).oldValue {
                case 0, 3: first
                default: try base.words()
                }
            }
        }
        let manager = try SessionManager(store: MemorySessionStore(), clock: ManualClock(), random: try Repeating())
        let one = Visitor(manager), two = Visitor(manager)
        try await one.visit { try $0.set(.a, to: 1) }
        try await two.visit { try $0.set(.a, to: 2) }
        for (visitor, expected) in [(one, 1), (two, 2)] {
            try await visitor.visit { session in
                let a = try session.value(.a)
                #expect(a == expected)
            }
        }
        #expect(try await one.look().id != (try await two.look().id))
    }
}
