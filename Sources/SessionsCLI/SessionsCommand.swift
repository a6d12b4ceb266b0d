import ArgumentParser

/// The root of the command line.
struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "Looks at the sessions in a store, ends them, and moves them to another store.",
        discussion: """
            Name the store with --store or in the environment variable SESSIONS_STORE, as the server does. Nothing that \
            these commands print is a secret: an ID names a session and opens nothing.

            Exit status:
              0   done
              1   there is no such session, or it was over
              2   refused; nothing was ended or overwritten
              64  the command line is wrong
              65  the store holds something that can't be read
              69  the store can't be reached
              70  something else went wrong, such as a session over a limit
              78  the store or its URL can't be used

            Completion in bash (or zsh, fish):
              eval "$(sessions --generate-completion-script bash)"
            """,
        subcommands: [
            ListCommand.self, ShowCommand.self, ExplainCommand.self, EndCommand.self, StatsCommand.self,
            KeysCommand.self, PolicyCommand.self, CheckCommand.self, SweepCommand.self, CopyCommand.self,
        ])
}
