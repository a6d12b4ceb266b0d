import Foundation
import Sessions
import Synchronization

/// The file that a store has open: whether it is still the one at its path, and why the store refuses calls if it does.
///
/// A process that goes on with a file that was deleted or replaced loses all it writes, and disagrees with every server that
/// opens the path after it.
final class SessionFile: Sendable {
    /// Which file a path led to.
    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    let path: String
    private let opened: [(path: String, identity: Identity)]
    private let refusal = Mutex<SessionError?>(nil)

    /// Remembers the file and its log as they are now, when they have been opened.
    init(path: String) throws(SessionError) {
        // Absolute, so that the process may change its directory.
        self.path = URL(fileURLWithPath: path).path
        var opened: [(String, Identity)] = []
        for suffix in ["", "-wal", "-shm"] {
            guard let identity = Identity(self.path + suffix) else {
                throw SessionError(
                    .unavailable,
                    "\"\(self.path)\(suffix)\" was deleted while the session file was being opened; try again")
            }
            opened.append((self.path + suffix, identity))
        }
        self.opened = opened
    }

    /// Throws if the store refuses calls already, without a look at the disk.
    func checkUsable() throws(SessionError) {
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
    }

    /// Looks whether the files are still those that were opened; once they aren't, the store refuses calls until it is made anew.
    func check() throws(SessionError) {
        try checkUsable()
        for (path, identity) in opened {
            let found = Identity(path)
            guard found != identity else { continue }
            refuse(
                SessionError(
                    .unavailable,
                    "\"\(path)\" was \(found == nil ? "deleted or moved away" : "replaced by another file") while this process "
                        + "had it open, so what it wrote now would be lost; put the session file in its place and restart "
                        + "every server that uses it"))
            return try checkUsable()
        }
    }

    /// The first reason stays.
    func refuse(_ error: SessionError) {
        refusal.withLock { $0 = $0 ?? error }
    }

    static let closed = SessionError(.unavailable, "the session store is closed")
}
