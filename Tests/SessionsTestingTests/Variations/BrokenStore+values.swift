import Sessions

extension BrokenStore {
    static let values: [BrokenStore] = [
        BrokenStore(
            "the first writer of an attribute wins",
            caughtBy: ["commit.plain-set-is-last-writer-wins", "commit.returns-what-it-stored"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.attributes = changes.attributes.filter { name, edit in
                    edit == .remove || record.attributes[name] == nil
                }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a removal leaves null", caughtBy: ["commit.removes", "commit.patches-merge"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.attributes = changes.attributes.mapValues { $0 == .remove ? .set(json: "null") : $0 }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a commit answers with the record as it was", caughtBy: ["commit.returns-what-it-stored"],
            .applying { changes, record, now, limits in
                let before = record
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result else { return result }
                return .committed(before)
            }),
        BrokenStore(
            "names lose their case", caughtBy: ["names.any-name"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.attributes = .init(changes.attributes.map { ($0.name.lowercased(), $0.value) })
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "names end at a blank", caughtBy: ["names.any-name"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.attributes = .init(
                    changes.attributes.map { name, edit in
                        (String(name.split(separator: " ", omittingEmptySubsequences: false)[0]), edit)
                    })
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "large integers are rounded", caughtBy: ["values.any-json"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.attributes = changes.attributes.mapValues { edit in
                    edit == .set(json: "9007199254740991") ? .set(json: "9007199254740992") : edit
                }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "texts get another form of Unicode", caughtBy: ["values.any-json"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.attributes = changes.attributes.mapValues { edit in
                    edit == .set(json: "\"e\u{301}\"") ? .set(json: "\"\u{e9}\"") : edit
                }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "unknown reasons become signed-out", caughtBy: ["end.keeps-any-reason"],
            .applying { changes, record, now, limits in
                var changes = changes
                let known: [SessionEnd.Reason] = [.signedOut, .limit, .endedByUser, .endedByOperator, .suspectedTheft]
                if let end = changes.end, !known.contains(end.reason) {
                    changes.end = SessionEnd(reason: .signedOut, at: end.at)
                }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a full session takes no commit at all", caughtBy: ["sizes.end"],
            .applying { changes, record, now, limits in
                guard record.attributes.byteCount < limits.sessionBytes else {
                    return .tooLarge(SizeExcess(what: "bytes", size: limits.sessionBytes, limit: limits.sessionBytes))
                }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
    ]
}
