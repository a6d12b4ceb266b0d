import Chaos
import Foundation
import ShopDriver

// A long run by command: `chaos SEED SECONDS [STORE]`. Prints a report; the status is 1 if there is something in it.
let arguments = CommandLine.arguments.dropFirst().map { $0 }
let seed = arguments.first.flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999)
let seconds = arguments.dropFirst().first.flatMap { Int($0) } ?? 60
print("chaos: seed \(seed), \(seconds) seconds")
let report = try await withDirectory { directory in
    let store = arguments.dropFirst(2).first ?? "sqlite:\(directory)/chaos.db"
    return try await ChaosRun(seed: seed, duration: .seconds(seconds), store: store).run()
}
print(report)
exit(report.violations.isEmpty ? 0 : 1)
