import Sessions

/// Sessions as lines of a table.
struct SessionTable {
    let text: String

    init(_ records: [SessionRecord], at now: Timestamp) {
        // A store with one application has one realm, of which there is nothing to say.
        let showsRealm = records.contains { $0.realm != .default }
        var table = Table(
            headings: ["ID", "USER"] + (showsRealm ? ["REALM"] : []) + ["CREATED", "LAST USED", "ENDS"])
        for record in records {
            table.rows.append(
                ["\(record.id)", Wording.owner(record.principal)] + (showsRealm ? ["\(record.realm)"] : []) + [
                    Wording.distance(record.createdAt, from: now), Wording.distance(record.lastUsedAt, from: now),
                    record.end(at: now).map { "ended \(Wording.distance($0.at, from: now))" }
                        ?? Wording.distance(record.deadline, from: now),
                ])
        }
        text = table.text
    }
}
