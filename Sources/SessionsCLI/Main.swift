import ArgumentParser
import Foundation
import Logging
import Sessions

/// Runs a command and turns what went wrong into one message and an exit status.
@main
enum Main {
    static func main() async {
        // What a store has to say of its settings is for `check`; elsewhere it would stand between the lines of a script.
        let isQuiet = CommandLine.arguments.dropFirst().first != "check"
        LoggingSystem.bootstrap { label in
            if isQuiet { return SwiftLogNoOpLogHandler() }
            return StreamLogHandler.standardError(label: label)
        }
        do {
            var command = try await SessionsCommand.asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            fail(failure)
        } catch let error as SessionError {
            fail(Failure(error))
        } catch let status as ExitCode {
            // What there is to say was printed.
            exit(status.rawValue)
        } catch {
            // Help, a completion script, or a command line that can't be understood.
            let status = SessionsCommand.exitCode(for: error).rawValue
            let message = Redaction.withoutPasswords(SessionsCommand.fullMessage(for: error))
            guard status != 0 else {
                Output.print(message)
                exit(0)
            }
            let isJSON = CommandLine.arguments.contains("--json")
            let text = Redaction.withoutPasswords(SessionsCommand.message(for: error))
            fail(Failure(.usage, isJSON ? text : message), prefix: "")
        }
    }

    private static func fail(_ failure: Failure, prefix: String = "Error: ") -> Never {
        if CommandLine.arguments.contains("--json") {
            Output.printError(Output.json(Failure.Report(failure)))
        } else {
            Output.printError(prefix + failure.message)
        }
        exit(failure.status.rawValue)
    }
}
