import ArgumentParser
import Sessions
import SessionsStores

struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copies the live sessions of one store to another: no user is signed out.",
        discussion: """
            Stop the servers on the source first. Each session is read back and compared. Nothing in the destination is \
            overwritten or brought back, so a copy that was interrupted goes on when it is started again. What has ended \
            in the source since an earlier copy is ended in the destination too. Ended sessions are not copied: their \
            clients are no longer told why. What can't be read is told when the rest is copied.
            """)

    @Option(
        help: ArgumentHelp(
            "The store to copy from: \(StoreOptions.forms). SESSIONS_STORE names it where this is left out.",
            valueName: "url"))
    var from: String?
    @Option(help: ArgumentHelp("The store to copy to; a SQLite file is made if it isn't there.", valueName: "url"))
    var to: String
    @Flag(help: "Copy into a store that holds sessions of its own, too.")
    var merge = false
    @Flag(help: "Print JSON, for scripts.")
    var json = false

    /// A copy keeps what its source had, whatever the limits of the servers on the destination are.
    private static let limits = SessionLimits(
        attributeBytes: 8 << 20, sessionBytes: 8 << 20, attributeCount: 1000)

    func run() async throws {
        var options = StoreOptions()
        (options.store, options.json) = (from, json)
        let source = try options.url()
        let target = try StoreOptions.url(to, named: "--to")
        guard "\(source)" != "\(target)" else {
            throw Failure(.usage, "--to names the store that is copied, \(target); name another one")
        }
        guard "\(target)" != "memory" else {
            throw Failure(
                .configuration, "--to: what is copied to memory is gone when the copy ends; name a store that stays")
        }
        try await options.withStore { source in
            let destination = try await target.open(limits: Self.limits)
            do {
                try await copy(from: source, to: destination, options.output)
            } catch {
                try? await destination.close()
                throw error
            }
            try await destination.close()
        }
    }

    private func copy(
        from source: any SessionStore, to destination: any SessionStore, _ output: Output
    ) async throws {
        let copy = StoreCopy(source: source, destination: destination)
        let ended = try await copy.prepare(merges: merge)
        let isShown = ProgressBar.isTerminal && !output.isJSON
        var total = 0
        if isShown { _ = try await source.visit(.all) { total += $0.count } }
        let bar = ProgressBar(total: total, isShown: isShown)
        bar.show(0)
        var count: CopyCount
        do {
            count = try await copy.run { bar.show($0.looked) }
        } catch {
            bar.finish()
            throw error
        }
        bar.finish()
        count.ended = ended
        output.print(count) { Self.text(count) }
        let unreadable = Failure(unreadable: count.unreadable, "not copied from the source")
        if count.outdated > 0 {
            let outdated =
                "\(Wording.count(count.outdated, "session")) changed in the source after an earlier copy, and the "
                + "destination has them as they were; copy into a new store instead"
            guard let unreadable else { throw Failure(.refused, outdated) }
            throw Failure(.unreadable, "\(outdated)\n\(unreadable.message)")
        }
        if let unreadable { throw unreadable }
    }

    private static func text(_ count: CopyCount) -> String {
        var lines = [
            count.copied == 0
                ? "There was nothing to copy."
                : "Copied \(Wording.count(count.copied, "session")), each read back and compared."
        ]
        func add(_ number: Int, _ what: String) {
            if number > 0 { lines.append("\(Wording.number(number)) \(what)") }
        }
        add(count.alreadyThere, "were there already, in the same revision.")
        add(count.newerThere, "are newer there, and stay as they are.")
        add(count.overThere, "are over there, and stay so.")
        add(count.ended, "of an earlier copy were ended, because they have ended in the source since.")
        return lines.joined(separator: "\n")
    }
}
