public import Sessions
import Synchronization

/// A random source that gives a number of blocks and then fails, as a generator without entropy does.
public final class FailingRandomSource: RandomSource {
    private let left: Mutex<Int>
    private let source: any RandomSource
    private let error: SessionError

    /// Makes a source that will fail.
    ///
    /// - Parameters:
    ///   - blocks: how many blocks to give before the first failure
    ///   - source: where these come from
    ///   - error: what every later call throws
    public init(
        after blocks: Int = 0, of source: any RandomSource = SeededRandomSource(seed: 0),
        error: SessionError = SessionError(.unavailable, "no random bytes")
    ) {
        left = Mutex(blocks)
        self.source = source
        self.error = error
    }

    /// Returns a block of the source, or throws the error once the blocks are used up.
    public func words() throws(SessionError) -> (UInt64, UInt64) {
        let isLeft = left.withLock { left in
            left -= 1
            return left >= 0
        }
        guard isLeft else { throw error }
        return try source.words()
    }
}
