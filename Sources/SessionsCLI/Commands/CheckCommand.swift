import ArgumentParser
import Sessions
import SessionsStores

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tries whether the store can be used: opens, reads and writes.",
        discussion: """
            Opening checks the store's settings, such as Redis's eviction policy, its version and its clock. The write is \
            a session of the realm sessions-check that is made, changed, ended, and gone with the next sweep.
            """)

    @OptionGroup var options: StoreOptions

    struct Report: Encodable {
        struct Step: Encodable {
            let name: String
            let milliseconds: Double
        }
        let store: String
        var steps: [Step] = []
    }

    func run() async throws {
        let url = try options.url()
        var report = Report(store: "\(url)")
        let clock = ContinuousClock()
        func step<Value>(_ name: String, _ work: () async throws -> Value) async throws -> Value {
            let start = clock.now
            do {
                let value = try await work()
                let microseconds = (clock.now - start) / .microseconds(1)
                report.steps.append(.init(name: name, milliseconds: microseconds.rounded() / 1000))
                return value
            } catch let error as SessionError {
                throw Failure(error, at: "\(url): \(name) failed: ")
            }
        }
        let store = try await step("open") { try await url.open(onlyExisting: true) }
        do {
            try await WriteProof(store: store).run(step)
        } catch {
            try? await store.close()
            throw error
        }
        try await step("close") { try await store.close() }
        options.output.print(report) {
            var table = Table(headings: ["STEP", "TIME"], numbers: [1])
            for step in report.steps {
                table.rows.append([step.name, "\((step.milliseconds * 10).rounded() / 10) ms"])
            }
            return table.text + "\n\n\(report.store) can be used."
        }
    }
}
