/// G5: idleness counts from the last use that was acknowledged, plus the touch interval.
extension Scenario {
    static let time: [Scenario] = [
        .touching("touch: naive formula", requests: 2),
        .touching("touch: three requests, no max", requests: 3),
        .touching("touch: failed touch", requests: 3) {
            $0.faults = 1
        },
        .touching("touch: skew 1", requests: 3) {
            $0.skew = .seconds(1)
            $0.deadline = .seconds(6)
        },
    ]

    /// The idle timeout is two ticks, the touch interval one.
    private static func touching(
        _ name: String, requests: Int, _ change: (inout Scenario) -> Void = { _ in }
    ) -> Scenario {
        .init(
            name, .signedIn, Array(repeating: .init(.read), count: requests),
            trace: "tick 1:send 1:load tick 2:send 2:load 2:commit 1:commit tick"
        ) {
            $0.ticks = 5
            $0.idle = .seconds(2)
            $0.touch = .seconds(1)
            $0.overlap = .seconds(60)
            $0.properties = []
            change(&$0)
        }
    }
}
