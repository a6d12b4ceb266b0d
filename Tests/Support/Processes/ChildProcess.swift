import CSpawn
package import Foundation
import Synchronization

/// A program that a test starts.
///
/// Not Foundation's `Process`: on Linux its children can inherit what other threads open at that moment, so that a server
/// holds another child's pipe open; and with more than a thousand descriptors open it reads past the end of a buffer.
package final class ChildProcess: Sendable {
    /// How a program ended.
    package enum Exit: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let processIdentifier: Int32
    private let ended = Mutex<Exit?>(nil)

    /// Starts a program, which has no descriptors but these three.
    ///
    /// - Parameters:
    ///   - program: the path of the executable
    ///   - environment: all variables of the program; `nil` for those of this process
    ///   - input: `nil` for none
    ///   - output: where it writes; `nil` for nowhere
    ///   - errors: where it writes errors; `nil` for nowhere
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil, in directory: URL? = nil,
        input: FileHandle? = nil, output: FileHandle? = nil, errors: FileHandle? = nil
    ) throws {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
            let flags = Int16(POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
            let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // Servers of this process may ignore or block signals; the program must not.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGTERM, SIGINT] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, flags)
        if let directory { posix_spawn_file_actions_addchdir_np(&actions, directory.path) }
        for (target, handle) in [(Int32(0), input), (1, output), (2, errors)] {
            if let handle {
                posix_spawn_file_actions_adddup2(&actions, handle.fileDescriptor, target)
            } else {
                posix_spawn_file_actions_addopen(&actions, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
            }
        }
        #if !canImport(Darwin)
            posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        #endif
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        var pid: pid_t = 0
        let status = Self.withCStrings([program] + arguments) { arguments in
            Self.withCStrings(variables) { variables in
                posix_spawn(&pid, program, &actions, &attributes, arguments, variables)
            }
        }
        guard status == 0 else {
            throw Failure(description: "\(program) can't be started: \(String(cString: strerror(status)))")
        }
        processIdentifier = pid
        Self.running.withLock { $0.append(self) }
        Self.reaper
    }

    /// Those whose end nobody has seen yet, also where nobody asks any more.
    private static let running = Mutex<[ChildProcess]>([])

    /// Takes notice of each end within a moment: the wait of an exit test sees no child behind one that has ended and isn't
    /// waited for.
    private static let reaper: Void = Thread.detachNewThread {
        while true {
            usleep(20_000)
            for child in running.withLock({ $0 }) where !child.isRunning {
                running.withLock { $0.removeAll { $0 === child } }
            }
        }
    }

    /// How it ended; `nil` while it runs.
    package var exit: Exit? {
        ended.withLock { ended in
            if ended != nil { return ended }
            var status: Int32 = 0
            guard waitpid(processIdentifier, &status, WNOHANG) == processIdentifier else { return nil }
            let signal = status & 0x7f
            ended = signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal)
            return ended
        }
    }

    package var isRunning: Bool { exit == nil }

    /// Sends a signal where it runs.
    package func send(_ signal: Int32) {
        // Not reaped before this ends, so that the number is its own.
        ended.withLock { ended in
            if ended == nil { kill(processIdentifier, signal) }
        }
    }

    /// Waits for the end, and kills the program where it doesn't come in time.
    package func untilGone(within seconds: Int = 60) {
        for _ in 0..<(200 * seconds) where isRunning { usleep(5000) }
        guard isRunning else { return }
        send(SIGKILL)
        for _ in 0..<2000 where isRunning { usleep(5000) }
    }

    /// The same without holding a thread, of which tasks have as few as the machine has cores.
    package func untilEnded(within seconds: Int = 240) async throws {
        for _ in 0..<(200 * seconds) where isRunning { try await Task.sleep(for: .milliseconds(5)) }
        if isRunning { untilGone(within: 0) }
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}
