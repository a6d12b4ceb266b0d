/// G6: renewals against each other, against lost responses and failures, and against those who come late.
extension Scenario {
    static let renewal: [Scenario] = [
        .init(
            "renew-race: two requests renew at once", .signedIn, [.init(.renew), .init(.renew), .init(.read)],
            trace: "2:load 1:commit 2:commit"
        ) {
            $0.properties.append(Aftermath.convergesOnOneSuccessor)
        },
        .init(
            "chain: renewals within an overlap, responses lost", .signedIn,
            [.init(.read), .init(.renew), .init(.renew), .init(.read)], trace: "2:commit 2:lose 3:send 3:load"
        ) {
            $0.losses = 1
            $0.properties.append(Aftermath.convergesOnOneSuccessor)
        },
        .init(
            "seen-race: seen write lands after the next renewal", .signedIn,
            [.init(.renew), .init(.read, after: 1), .init(.renew, after: 1), .init(.read, after: 1)],
            trace: "1:deliver 2:send 2:load 4:load 4:commit tick 3:send 3:load 3:commit 2:commit"
        ) {
            $0.ticks = 2
            $0.losses = 1
            $0.allowsLate = true
        },
        .init(
            "slow request loads late (upload, lazy load)", .signedIn,
            [.init(.read), .init(.renew), .init(.read, after: 2)],
            trace: "1:send 2:commit 2:deliver 3:load 3:commit tick 1:act 1:load"
        ) {
            $0.ticks = 2
            $0.works = true
            $0.allowsLate = true
        },
        .init(
            "overlap 2, every request shorter than the overlap", .signedIn,
            [.init(.read), .init(.renew), .init(.read, after: 2), .init(.renew, after: 3), .init(.read, after: 4)],
            trace: "1:send tick 2:send 2:commit 2:deliver 3:send 1:load"
        ) {
            $0.overlap = .seconds(2)
            $0.isTimely = true
            $0.ticks = 4
        },
        .init(
            "late response regresses the cookie two renewals", .signedIn,
            [.init(.read), .init(.renew), .init(.read, after: 2), .init(.renew, after: 3), .init(.read, after: 4)],
            trace: "1:act 1:load 2:commit 2:deliver 3:send tick 1:act 1:act 1:deliver"
        ) {
            $0.ticks = 3
            $0.allowsLate = true
            $0.allowsTheft = true
            $0.works = true
            $0.properties += [Aftermath.suspectsOnlyTheSlow, Aftermath.successorsLeaveInTime]
        },
        .init(
            "renewal with store failures and lost responses", .signedIn,
            [.init(.renew), .init(.renew), .init(.setA), .init(.setB)], trace: "2:load 1:commit? 2:commit 1:late-commit"
        ) {
            $0.faults = 1
            $0.losses = 1
        },
        .init(
            "writes with old secret across renewal", .signedIn,
            [.init(.setA), .init(.renew), .init(.setB), .init(.update)], trace: "1:load 2:commit 1:commit"),
        .init(
            "browser loses the new cookie after using it", .signedIn,
            [.init(.renew), .init(.read, after: 1), .init(.read, after: 2)],
            trace: "1:deliver 2:send 2:load crash 3:send"
        ) {
            $0.overlap = .seconds(2)
            $0.settle = .seconds(2)
            $0.isTimely = true
            $0.ticks = 5
            $0.crashes = true
        },
        .init(
            "theft: thief renews twice, victim returns", .signedIn,
            [
                .init(.renew, by: .thief), .init(.read, by: .thief, after: 1), .init(.renew, by: .thief, after: 2),
                .init(.read, by: .thief, after: 3), .init(.read, after: 4),
            ], trace: "1:commit 1:deliver tick 2:send#1 2:commit tick 3:send#1 3:commit 4:send#2 tick 5:send 5:load"
        ) {
            $0.ticks = 3
            $0.allowsTheft = true
            $0.allowsLate = true
            $0.properties = [Aftermath.reportsTheft]
        },
    ]
}
