import ArgumentParser
import Sessions

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Lists the attributes in use: in how many sessions, and how large.",
        discussion: "It reads every live session, so on a large store it takes its time.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var realm: RealmOption

    struct Report: Encodable {
        let sessions: Int
        let keys: [Key]
    }

    struct Key: Encodable {
        let name: String
        var sessions = 0
        var bytes = 0
        var largest = 0
    }

    func run() async throws {
        try await options.withStore { store in
            var keys: AttributeMap<Key> = [:]
            var sessions = 0
            let unreadable = try await store.visit(try realm.scope()) { page in
                sessions += page.count
                for attribute in page.lazy.flatMap(\.attributes) {
                    var key = keys[attribute.name] ?? Key(name: attribute.name)
                    let size = attribute.json.utf8.count
                    key.sessions += 1
                    key.bytes += size
                    key.largest = max(key.largest, size)
                    keys[attribute.name] = key
                }
            }
            let report = Report(sessions: sessions, keys: keys.values)
            options.output.print(report) { Self.text(report) }
            options.output.warn(ofUnreadable: unreadable)
        }
    }

    private static func text(_ report: Report) -> String {
        guard !report.keys.isEmpty else {
            return "No attribute is in use, in \(Wording.count(report.sessions, "live session"))."
        }
        var table = Table(headings: ["NAME", "SESSIONS", "TOTAL", "AVERAGE", "LARGEST"], numbers: [1, 2, 3, 4])
        for key in report.keys.sorted(by: { ($0.bytes, $1.name) > ($1.bytes, $0.name) }) {
            table.rows.append([
                Wording.printable(key.name), Wording.number(key.sessions), Wording.bytes(key.bytes),
                Wording.bytes(key.bytes / key.sessions), Wording.bytes(key.largest),
            ])
        }
        return table.text + "\n\nIn \(Wording.count(report.sessions, "live session"))."
    }
}
