import ArgumentParser
import Sessions

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Deletes what has expired, where no server does it.",
        discussion: """
            A long-lived server has a SessionSweeper and needs no sweeps from here. Where every request starts a process \
            of its own, run this from cron or a timer. It can be interrupted at any moment, and run beside servers.
            """)

    @OptionGroup var options: StoreOptions

    struct Report: Encodable {
        var examined = 0
        var expired = 0
        /// Sessions that could not be read; the store has set them aside where it can.
        var unreadable: [String] = []
    }

    func run() async throws {
        try await options.withStore { store in
            let batch = 500
            var report = Report()
            var last: Int
            var failure: SessionError?
            // A request that arrived before the deadline may still come to use its session.
            let overlap = SessionConfiguration().renewalOverlap
            repeat {
                let result = try await store.sweep(at: .now - overlap, limit: batch)
                last = result.examined
                report.examined += result.examined
                report.expired += result.expired.count
                report.unreadable += result.unreadable.map(\.description)
                await store.setAside(result.unreadable)
                failure = result.failure
            } while last >= batch && failure == nil
            options.output.print(report) {
                if report.examined == 0 { return "Nothing was due." }
                var text =
                    "\(Wording.count(report.expired, "session")) had expired. "
                    + "Looked at \(Wording.count(report.examined, "record")) in all."
                if !report.unreadable.isEmpty {
                    text += " These can't be read: \(report.unreadable.joined(separator: ", "))."
                }
                return text
            }
            // What was done before is told all the same.
            if let failure { throw failure }
        }
    }
}
