/// G3, G4, G12: ends against writers, and updates that are told, kept and counted once.
extension Scenario {
    static let ends: [Scenario] = [
        .init(
            "signOut against set/update/signIn", .signedIn,
            [.init(.signOut), .init(.setA), .init(.update), .init(.signIn)], trace: "2:load 1:commit 2:commit"),
        .init(
            "operator end against set and signIn", .visitor,
            [.init(.endByOperator, by: .other), .init(.setA), .init(.signIn)], trace: "3:load 1:commit 3:commit"
        ) {
            $0.properties.append { after in
                after.answer(1) == .value(0) ? "an operator's end was refused by a concurrent privilege change" : nil
            }
        },
        .init(
            "end during an overlap: explanation", .signedIn,
            [.init(.renew), .init(.endByOperator, by: .other), .init(.read)],
            trace: "3:send 1:commit 1:lose 2:commit 3:load"
        ) {
            $0.losses = 1
            $0.properties.append { after in
                after.next.ended == "ended-by-operator" ? nil : "the holder of an ended session's token is told nothing"
            }
        },
        .init("update lost ack", .signedIn, [.init(.update), .init(.update)], trace: "1:commit? 1:late-commit 2:load") {
            $0.faults = 1
            $0.properties.append(Aftermath.countsUpdatesOnce)
        },
        .init("set then update in one request", .signedIn, [.init(.setThenUpdate)]) {
            $0.properties.append { $0.next.values["n"] == 501 ? nil : "set then update: the update is overwritten" }
        },
        .init(
            "three updates on one server", .signedIn, [.init(.update), .init(.update), .init(.update)],
            trace: "1:load 2:load 3:load 1:commit 3:commit"
        ) {
            $0.servers = 1
            $0.properties.append { $0.next.values["n"] == 3 ? nil : "three updates on one server: one is lost" }
        },
        .init(
            "updates that share a commit, lost ack", .signedIn, [.init(.update), .init(.update), .init(.update)],
            trace: "1:load 2:load 3:load 1:commit 3:commit? 3:late-commit"
        ) {
            $0.servers = 1
            $0.faults = 1
            $0.properties.append(Aftermath.countsUpdatesOnce)
        },
        .init(
            "updates that share a commit, step-up", .signedIn,
            [.init(.update), .init(.update), .init(.update), .init(.stepUp)],
            trace: "1:load 2:load 3:load 4:load 1:commit 4:commit 3:commit"
        ) { $0.servers = 1 },
        .init(
            "updates that share a commit, overtaken", .signedIn,
            [.init(.update), .init(.update), .init(.update), .init(.update)],
            trace: "1:load 3:load 2:load 4:load 2:commit 1:commit 4:commit 3:commit"
        ) {
            $0.servers = 2
            $0.properties.append(Aftermath.countsUpdatesOnce)
        },
    ]
}
