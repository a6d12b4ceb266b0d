import Sessions
import Synchronization

/// Gives each request a sequence of its own, so that what one draws doesn't depend on when others draw.
final class ActorRandomSource: RandomSource {
    private let draws = Mutex<[Int: UInt64]>([:])

    func words() throws(SessionError) -> (UInt64, UInt64) {
        let actor = Actor.number
        let draw = draws.withLock { draws in
            draws[actor, default: 0] += 1
            return draws[actor, default: 0]
        }
        return (UInt64(actor) << 56 | draw << 48 | 0x5e55_1045, UInt64(actor) << 32 | draw)
    }
}
