import Foundation

/// Where a password is.
enum PasswordSource: Sendable, Hashable {
    case text(String)
    case file(String)
    case environment(String)

    /// The password itself; a line break at the end of a file is no part of it.
    func read(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(RedisConfigurationError) -> String {
        switch self {
        case .text(let password): return password
        case .environment(let name):
            guard let password = environment[name], !password.isEmpty else {
                throw RedisConfigurationError(
                    "the password of Redis can't be read: the environment variable \(name) isn't set or is empty")
            }
            return password
        case .file(let path): return try Self.content(of: path)
        }
    }

    private static func content(of path: String) throws(RedisConfigurationError) -> String {
        func refusal(_ problem: String) -> RedisConfigurationError {
            RedisConfigurationError("the password of Redis can't be read from \(path): \(problem)")
        }
        guard let file = fopen(path, "r") else { throw refusal(String(cString: strerror(errno))) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4097)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw refusal(String(cString: strerror(errno))) }
        guard count <= 4096 else { throw refusal("it is longer than 4096 bytes") }
        var content = bytes[..<count]
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        guard !content.isEmpty else { throw refusal("it is empty") }
        guard let password = String(validating: content, as: UTF8.self) else { throw refusal("it isn't UTF-8") }
        return password
    }
}
