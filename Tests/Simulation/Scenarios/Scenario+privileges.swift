/// G2 and rules 8 to 10: sign-ins and step-ups against everything that is under way with the token before.
extension Scenario {
    static let privileges: [Scenario] = [
        .init(
            "fixation: attacker holds pre-sign-in token", .visitor,
            [.init(.signIn), .init(.read, by: .thief), .init(.setA, by: .thief), .init(.signOut, by: .thief)],
            trace: "3:load 1:commit 3:commit"
        ) {
            $0.runs = 7000
            // A thief may end the visitor's session before the sign-in, which then makes one of its own.
            $0.properties = [Aftermath.staysSignedIn]
        },
        .init(
            "fixation + renewal before sign-in", .visitor,
            [.init(.renew), .init(.signIn, after: 1), .init(.read, by: .thief), .init(.read, after: 2)],
            trace: "1:commit 2:commit 3:load"
        ) {
            $0.ticks = 1
            $0.allowsLate = true
            $0.properties = [Aftermath.staysSignedIn]
        },
        .init(
            "sign-in against a parallel read (renewal due)", .visitor, [.init(.renew), .init(.signIn)],
            trace: "1:commit 2:commit 2:deliver 1:deliver"),
        .init(
            "sign-in against a parallel set", .visitor, [.init(.setA), .init(.signIn)],
            trace: "1:load 2:commit 2:deliver 1:commit 1:deliver"),
        .init(
            "sign-in against a dead-token cleanup", .visitor, [.init(.read), .init(.signIn)],
            trace: "2:commit 1:load 2:deliver 1:deliver"),
        .init(
            "first visit: parallel set and sign-in, no token", .stranger, [.init(.setA), .init(.signIn)],
            trace: "2:deliver 1:deliver"),
        .init(
            "double click: signIn twice, first response dropped", .visitor, [.init(.signIn), .init(.signIn)],
            trace: "2:load 1:commit 2:commit 1:lose 2:deliver"
        ) {
            $0.losses = 1
            $0.together = [1, 2]
            $0.properties.append(Aftermath.signsIn)
        },
        .init(
            "double click, cart", .visitor, [.init(.setA), .init(.signIn, after: 1), .init(.signIn, after: 1)],
            trace: "3:load 2:commit 3:commit"
        ) {
            $0.together = [2, 3]
            $0.properties += [Aftermath.keepsTheCart, Aftermath.signsIn]
        },
        .init(
            "signIn ack lost, client signs in again, cart", .visitor,
            [.init(.setA), .init(.signIn, after: 1), .init(.signIn, after: 2)],
            trace: "2:commit? 2:late-commit 2:deliver 3:load"
        ) {
            $0.faults = 1
            $0.properties.append(Aftermath.keepsTheCart)
        },
        .init(
            "step-up against a parallel renewal", .signedIn, [.init(.renew), .init(.stepUp), .init(.setA)],
            trace: "1:commit 2:commit 2:deliver 1:deliver"),
        .init(
            "step-up, response lost", .signedIn, [.init(.stepUp), .init(.read)], trace: "1:commit 1:lose 2:send 2:load"
        ) { $0.losses = 1 },
        .init(
            "everything fixed, three clients, failures", .visitor, [.init(.renew), .init(.signIn), .init(.setA)],
            trace: "1:load 2:commit? 2:late-commit 1:commit"
        ) {
            $0.faults = 1
            $0.losses = 1
            $0.ticks = 1
            $0.allowsLate = true
        },
    ]
}
