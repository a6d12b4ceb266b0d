import CSpawn
package import Foundation

/// A terminal at which something was typed, without an echo.
package final class Terminal {
    /// The end that a program has.
    package let line: FileHandle
    private let screen: FileHandle

    package init(typed: String) throws {
        let master = posix_openpt(O_RDWR | O_NOCTTY)
        guard master >= 0, grantpt(master) == 0, unlockpt(master) == 0, let name = ptsname(master) else {
            throw ChildProcess.Failure(description: "there is no terminal to be had")
        }
        let slave = open(name, O_RDWR | O_NOCTTY)
        var settings = termios()
        tcgetattr(slave, &settings)
        cfmakeraw(&settings)
        tcsetattr(slave, TCSANOW, &settings)
        screen = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        line = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        try screen.write(contentsOf: Data(typed.utf8))
    }

    /// What the program has shown, once it has ended.
    package func shown() throws -> String {
        // With nothing left at this end, reading comes to an end, which is an error on Linux.
        try line.close()
        var text = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(screen.fileDescriptor, &buffer, buffer.count), count > 0 {
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
