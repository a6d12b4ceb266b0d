import Sessions

extension SessionStoreContract {
    static let secrets: [Clause] = [
        Clause(
            "renewal.moves-the-secret", "A renewal makes the current secret the previous one, unseen, with its nonce."
        ) { bench in
            let record = try await bench.created(["kept": "1"]) { record in
                record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce(), successorSeenAt: bench.now)
            }
            let (digest, nonce, moment) = (Bench.digest(), Bench.nonce(), bench.now + .seconds(9))
            let renewal = bench.moving(record, .renew(digest: digest, nonce: nonce, issuedAt: moment))
            let renewed = try await bench.commit(renewal, to: record.id, at: moment, "a renewal")
            let expected = record.after { after in
                after.previous = .init(digest: record.secretDigest, nonce: nonce)
                after.secretDigest = digest
                after.secretIssuedAt = moment
            }
            try bench.expectSame(renewed, expected, "the renewal to be returned")
            try await bench.expectStored(expected, "the renewal to be stored")
        },
        Clause(
            "renewal.is-fenced-by-the-digest", "A move of a secret that isn't current is left out; the rest applies."
        ) { bench in
            let record = try await bench.created(["a": "1"]) { record in
                record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce())
            }
            let steps: [(String, SessionChanges.SecretMove.Step)] = [
                ("a renewal", .renew(digest: Bench.digest(), nonce: Bench.nonce(), issuedAt: bench.now)),
                ("a note that the secret was seen", .seen(at: bench.now)),
                ("dropping the previous secret", .forgetPrevious),
            ]
            var expected = record
            for (number, (kind, step)) in steps.enumerated() {
                let late = bench.changes(record) { changes in
                    changes.attributes = ["a": .set(json: "\(number)")]
                    changes.lastUsedAt = bench.now + .seconds(number)
                    changes.secretMove = .init(expected: Bench.digest(), step: step)
                }
                let result = try await bench.commit(late, to: record.id, "what comes with \(kind) of an older secret")
                expected = expected.after(["a": "\(number)"]) { $0.lastUsedAt = bench.now + .seconds(number) }
                try bench.expectSame(result, expected, "only \(kind) of an older secret to be left out")
                try await bench.expectStored(expected, "only \(kind) of an older secret to be left out")
            }
        },
        Clause(
            "renewal.one-of-many-wins", "Of concurrent renewals of one secret exactly one applies, and all learn which."
        ) { bench in
            let record = try await bench.created()
            let digests = (0..<8).map { _ in Bench.digest() }
            let nonces = digests.map { _ in Bench.nonce() }
            let results = try await bench.concurrently(digests.count) { number in
                let step = SessionChanges.SecretMove.Step.renew(
                    digest: digests[number], nonce: nonces[number], issuedAt: bench.now)
                return try await bench.commit(bench.moving(record, step), to: record.id, "a concurrent renewal")
            }
            let stored = try await bench.loaded(record.id)
            guard let winner = digests.firstIndex(of: stored.secretDigest) else {
                throw bench.violation("one renewal to apply", saw: "a secret that nobody wrote")
            }
            let previous = SessionRecord.Previous(digest: record.secretDigest, nonce: nonces[winner])
            for result in results + [stored] {
                try bench.expect(result.secretDigest == digests[winner], "the winner's secret", saw: "another one")
                try bench.expect(result.previous == previous, "the first secret and the winner's nonce", saw: "others")
            }
        },
        Clause(
            "seen.first-one-counts",
            "The successor of a secret is noted as seen once, and only where there was a renewal."
        ) { bench in
            let record = try await bench.created()
            let early = try await bench.commit(
                bench.moving(record, .seen(at: bench.now)), to: record.id, "seen without a renewal")
            try bench.expectSame(early, record.after(), "nothing to be noted without a renewal")
            let renewal = SessionChanges.SecretMove.Step.renew(
                digest: Bench.digest(), nonce: Bench.nonce(), issuedAt: bench.now)
            let renewed = try await bench.commit(bench.moving(early, renewal), to: record.id, "a renewal")
            var expected = renewed
            for seconds in [60, 61, 59] {
                let seen = bench.moving(renewed, .seen(at: bench.now + .seconds(seconds)))
                let result = try await bench.commit(seen, to: record.id, "a note that the secret was seen")
                expected = expected.after { $0.previous?.successorSeenAt = bench.now + .seconds(60) }
                try bench.expectSame(result, expected, "the first moment to count")
            }
            try await bench.expectStored(expected, "the first moment to be stored")
        },
        Clause(
            "forget.drops-the-previous-secret",
            "Dropping the previous secret removes its digest and nonce, and nothing else."
        ) { bench in
            let record = try await bench.created(["a": "1"]) { record in
                record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce(), successorSeenAt: bench.now)
            }
            var expected = record
            for _ in 1...2 {
                let result = try await bench.commit(
                    bench.moving(record, .forgetPrevious), to: record.id, "dropping the previous secret")
                expected = expected.after { $0.previous = nil }
                try bench.expectSame(result, expected, "the previous secret to be gone")
            }
            try await bench.expectStored(expected, "the previous secret to be gone from the store")
        },
        Clause(
            "privileges.change-token-and-generation",
            "A privilege change writes secret, family, principal and generation, and remembers the family before."
        ) { bench in
            let record = try await bench.created(["kept": "1", "changed": "1"]) { record in
                record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce())
                record.revision = 7
            }
            var expected = record
            for number in 1...2 {
                let moment = bench.now + .minutes(number)
                var change = bench.privilegeChange(to: try Bench.principal(), at: moment)
                change.authenticatedAt = moment - .seconds(5)
                let changes = bench.changes(expected) { changes in
                    changes.attributes = ["changed": .set(json: "\(number + 1)")]
                    changes.lifetime = bench.lifetime(absolute: .hours(12 + number))
                    changes.privilegeChange = change
                }
                let result = try await bench.commit(changes, to: record.id, at: moment, "privilege change \(number)")
                expected = expected.after(["changed": "\(number + 1)"]) { after in
                    after.superseded = .init(
                        familyDigest: after.familyDigest, at: moment, revision: after.revision - 1)
                    after.previous = nil
                    after.secretDigest = change.secretDigest
                    after.familyDigest = change.familyDigest
                    after.secretIssuedAt = moment
                    after.generation += 1
                    after.principal = change.principal
                    after.authenticatedAt = change.authenticatedAt
                    after.authentications = change.authentications
                    after.lifetime = bench.lifetime(absolute: .hours(12 + number))
                }
                try bench.expectSame(result, expected, "privilege change \(number) to be returned")
                try await bench.expectStored(expected, "privilege change \(number) to be stored")
            }
        },
        Clause(
            "privileges.one-of-many-wins",
            "Of concurrent privilege changes exactly one applies; the others are superseded."
        ) { bench in
            let record = try await bench.created()
            let changes = try (0..<8).map { _ in bench.privilegeChange(to: try Bench.principal()) }
            let results = try await bench.concurrently(changes.count) { number in
                let signIn = bench.changes(record) { $0.privilegeChange = changes[number] }
                return try await bench.store.commit(signIn, to: record.id, at: bench.now)
            }
            var winners: [Int] = []
            for (number, result) in results.enumerated() {
                switch result {
                case .committed: winners.append(number)
                case .superseded: break
                default: throw bench.violation("committed or superseded", saw: Bench.summary(result))
                }
            }
            try bench.expect(winners.count == 1, "one privilege change to apply", saw: "\(winners.count)")
            let stored = try await bench.loaded(record.id)
            try bench.expectEqual(stored.generation, record.generation + 1, "the generation")
            try bench.expectEqual(stored.principal, changes[winners[0]].principal, "the principal")
        },
    ]
}
