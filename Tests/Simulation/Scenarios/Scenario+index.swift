import Sessions

/// The index by principal is a hint, the watermark is not, and a limit leaves the newest.
extension Scenario {
    static let index: [Scenario] = [
        .init(
            "index: cleaned as it is read", .stranger, [.init(.signIn), .init(.endAll, by: .other)],
            trace: "1:enroll 2:list 1:create"
        ) {
            $0.isModelled = false
            $0.faults = 1
            $0.properties = [Aftermath.listsEveryLiveSession]
        },
        .init(
            "index: end-all against sign-in", .stranger, [.init(.signIn), .init(.signIn), .init(.endAll, by: .other)],
            trace: "1:send tick 3:watermark 3:list 1:create 1:watermark"
        ) {
            $0.isModelled = false
            $0.ticks = 1
            $0.properties = [Aftermath.listsEveryLiveSession, Aftermath.endAllEndsAll]
        },
        .init("index: limit 1", .stranger, [.init(.signIn), .init(.signIn)], trace: "1:create 2:create 1:list 2:list") {
            $0.isModelled = false
            $0.ticks = 1
            $0.limit = 1
            $0.properties = [Aftermath.listsEveryLiveSession, Aftermath.leavesTheNewest]
        },
        .init(
            "index: limit 1 that refuses", .visitor, [.init(.signIn), .init(.signIn, by: .thief)],
            trace: "1:list 2:list 1:commit 2:commit"
        ) {
            $0.isModelled = false
            $0.ticks = 1
            $0.limit = 1
            $0.limitAction = .refuse
            $0.properties = [Aftermath.listsEveryLiveSession, Aftermath.keepsTheLimit]
        },
        .init(
            "index: limit 1 that refuses, strangers", .stranger, [.init(.signIn), .init(.signIn)],
            trace: "1:list 2:list 1:create 2:create"
        ) {
            $0.isModelled = false
            $0.limit = 1
            $0.limitAction = .refuse
            $0.faults = 1
            $0.properties = [Aftermath.listsEveryLiveSession, Aftermath.keepsTheLimit]
        },
    ]
}
