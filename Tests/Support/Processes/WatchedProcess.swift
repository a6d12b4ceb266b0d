package import Foundation

/// A server that a test starts, which ends with this process, however that ends.
package final class WatchedProcess: Sendable {
    package let server: ChildProcess
    /// Kills the server and removes its files once the pipe has no writer any more.
    private let watchdog: ChildProcess
    private let pipe = Pipe()

    /// - Parameter directory: the server's files, which are removed when this process has ended and the server is killed
    package init(_ server: ChildProcess, removing directory: URL) throws {
        self.server = server
        watchdog = try ChildProcess(
            "/bin/sh",
            [
                // Its children see that it is gone and end.
                "-c", "read _; kill -9 \(server.processIdentifier) 2>/dev/null; sleep 1; rm -rf \"$0\"",
                directory.path,
            ], input: pipe.fileHandleForReading)
        try pipe.fileHandleForReading.close()
    }

    /// Kills the server and waits until it is gone; its files stay.
    package func kill() {
        // The watchdog first, so that it never kills a process that got the number after.
        watchdog.send(SIGKILL)
        watchdog.untilGone()
        server.send(SIGKILL)
        server.untilGone()
    }
}
