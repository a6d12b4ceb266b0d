public import Sessions
import Synchronization

/// Makes the same blocks in the same order for the same seed: for tests alone, since anybody can predict them.
public final class SeededRandomSource: RandomSource {
    private let numbers: Mutex<SplitMix64>

    public init(seed: UInt64) {
        numbers = Mutex(SplitMix64(seed: seed))
    }

    public func words() throws(SessionError) -> (UInt64, UInt64) {
        numbers.withLock { numbers in
            let high = numbers.next()
            return (high, numbers.next())
        }
    }
}
