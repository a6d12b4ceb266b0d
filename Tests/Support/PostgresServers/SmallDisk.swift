import Foundation
import Processes
import RedisServers

/// A file system of a few megabytes, which can be filled to its last byte.
package final class SmallDisk: Sendable {
    /// Whether this process may mount one: root on Linux, outside of containers that forbid it.
    package static let canBeMade = (try? SmallDisk(megabytes: 1)) != nil

    package let path: String
    private var filler: URL { URL(fileURLWithPath: path + "/filler") }

    package init(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("disk-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try run(
            RedisProcess.find("mount"), ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=1777", "tmpfs", path])
    }

    deinit {
        // Lazily, since a server that has just been killed may still have files open.
        _ = try? run(RedisProcess.find("umount"), ["-l", path])
        rmdir(path)
    }

    /// A folder that the servers' user may write.
    package func folder(_ name: String) throws -> String {
        let folder = path + "/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        if getuid() == 0, let user = getpwnam("postgres") { chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) }
        return folder
    }

    /// Takes all space that is left.
    package func fill() throws {
        _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
        let file = try FileHandle(forWritingTo: filler)
        defer { try? file.close() }
        for size in [1 << 20, 4096] {
            let block = Data(count: size)
            while (try? file.write(contentsOf: block)) != nil {}
        }
    }

    /// Gives back what `fill` took.
    package func free() throws { try FileManager.default.removeItem(at: filler) }
}
