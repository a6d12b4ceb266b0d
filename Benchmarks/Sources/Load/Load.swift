import Foundation

/// Makes requests through the engine when it is told to, and says what they took.
///
/// Each line of its input is a command, and each line of its output the answer, as JSON. A store is opened under a name.
///
/// | command | what it does |
/// | --- | --- |
/// | `open NAME STORE ROOM TOUCH` | opens a store for ROOM sessions, which are touched when unused for TOUCH seconds |
/// | `fill NAME SESSIONS ATTRIBUTES CALLERS` | makes visitors' sessions, of which 20,000 are used afterwards |
/// | `run NAME WORK COUNT CALLERS` | makes so many requests that do WORK |
/// | `for NAME WORK SECONDS CALLERS` | makes requests that do WORK for so long |
/// | `calls NAME WORK COUNT` | makes so many requests, and counts the calls of the store |
/// | `pass NAME SECONDS` | moves the clock of the store's sessions on |
/// | `sweep NAME` | deletes what has expired |
/// | `close NAME` | closes the store |
///
/// WORK is `read`, `update`, `sign-in` or `sign-out`: the last one ends what the sign-ins before it have made.
@main
struct Load {
    static func main() async throws {
        var benches: [String: Bench] = [:]
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)
            let number = { (index: Int) in words.count > index ? Double(words[index]) ?? 0 : 0 }
            var answer: [String: Double] = [:]
            guard words.count >= 2 else { refuse(line) }
            if words[0] == "open", words.count == 5 {
                benches[words[1]] = try await Bench(words[2], room: Int(number(3)), touchInterval: .seconds(number(4)))
            } else if let bench = benches[words[1]] {
                switch (words[0], words.count) {
                case ("fill", 5):
                    answer = try await bench.fill(Int(number(2)), attributes: Int(number(3)), callers: Int(number(4)))
                case ("run", 5):
                    answer = try await bench.run(try Work(words[2]), .count(Int(number(3))), callers: Int(number(4)))
                case ("for", 5):
                    let end = ContinuousClock.now + .seconds(number(3))
                    answer = try await bench.run(try Work(words[2]), .until(end), callers: Int(number(4)))
                case ("calls", 4): answer = try await bench.calls(of: try Work(words[2]), count: Int(number(3)))
                case ("pass", 3): bench.clock.pass(.seconds(number(2)))
                case ("sweep", 2): answer = await bench.sweep()
                case ("close", 2):
                    try await bench.store.close()
                    benches[words[1]] = nil
                default: refuse(line)
                }
            } else {
                refuse(line)
            }
            print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
            fflush(nil)
        }
    }

    private static func refuse(_ line: String) -> Never {
        FileHandle.standardError.write(Data("Load: \"\(line)\" is no command\n".utf8))
        exit(64)
    }
}
