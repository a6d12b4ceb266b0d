import Foundation
import HTTPTypes
import Sessions

/// Resident memory a session: a million visitors with one integer each, made through the engine.
@main
struct Footprint {
    static func main() async throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        let store = MemorySessionStore(maximumRecords: count)
        let manager = try SessionManager(store: store)
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let before = try residentBytes()
        for index in 0..<count {
            let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
            try await handle.session().set("n", index)
            let outcome = await handle.finish(status: .ok)
            if let error = outcome.error { throw error }
        }
        let bytes = try residentBytes() - before
        print("\(count) sessions with one integer: \(bytes / count) bytes of resident memory each")
    }

    /// The resident set of this process, from `/proc/self/statm`, which counts in pages.
    static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
