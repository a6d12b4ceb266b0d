#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// A part of a commit: what its statement assigns and demands, and the values of its parameters.
    ///
    /// The statement decides about the row as it is when it is locked. So everything that a commit depends on must stand in
    /// that row: under Read Committed, an UPDATE that had to wait sees nothing else anew.
    enum CommitPart: Int, CaseIterable {
        case generation, expectations, disuse, removals, set, sets, patch, use, lifetime, renewal, seenMark, forgetting,
            privileges,
            end

        /// A set of parts.
        struct Set: OptionSet, Hashable {
            let rawValue: Int
        }

        /// What the columns `attributes` and `attribute_writes` get.
        struct AttributeColumns: Equatable {
            var values = "s.attributes"
            var writes = "s.attribute_writes"
        }

        var bit: Set { Set(rawValue: 1 << rawValue) }

        /// The parameters' types.
        var types: [PostgresType] {
            switch self {
            case .generation, .disuse, .use: [.bigint]
            case .expectations: [.textArray, .bigintArray]
            case .set: [.text, .jsonb, .bigint]
            case .sets: [.textArray, .jsonbArray, .bigintArray]
            case .patch: [.jsonb, .jsonb]
            case .removals: [.textArray]
            case .lifetime: [.bigint, .bigint, .bigint, .bigint, .bool]
            case .renewal: [.bytea, .bytea, .bytea, .bigint]
            case .seenMark: [.bytea, .bigint]
            case .forgetting: [.bytea]
            case .privileges: [.bytea, .bytea, .bigint, .text, .bigint, .text]
            case .end: [.text, .bigint]
            }
        }

        /// What must hold beside what every commit demands.
        ///
        /// - Parameter p: the names of the part's parameters
        func condition(_ p: [String]) -> String? {
            switch self {
            case .generation: "s.generation = \(p[0])"
            case .expectations:
                // An aggregate, so that it is computed from the row as it is when it is locked. PostgreSQL makes a join of
                // EXISTS, and doesn't look at that again where the row has changed: it would let a lost update through.
                """
                (SELECT bool_and(coalesce((s.attribute_writes -> e.name ->> 0)::bigint, 0) = e.revision)
                    FROM unnest(\(p[0]), \(p[1])) AS e(name, revision))
                """
            case .disuse: "s.last_used_at <= \(p[0])"
            default: nil
            }
        }

        /// What the part makes of the columns `attributes` and `attribute_writes`.
        ///
        /// - Parameters:
        ///   - columns: what earlier parts have made of them
        ///   - p: the names of the part's parameters
        func patch(_ columns: AttributeColumns, _ p: [String]) -> AttributeColumns {
            switch self {
            case .removals:
                AttributeColumns(values: "(\(columns.values) - \(p[0]))", writes: "(\(columns.writes) - \(p[0]))")
            case .set:
                AttributeColumns(
                    values: "\(columns.values) || jsonb_build_object(\(p[0]), \(p[1]))",
                    writes: """
                        \(columns.writes) || jsonb_build_object(\(p[0]), jsonb_build_array(s.revision + 1, \(p[2])))
                        """)
            case .sets:
                AttributeColumns(
                    values: """
                        \(columns.values) || (SELECT jsonb_object_agg(e.name, e.value)
                            FROM unnest(\(p[0]), \(p[1])) AS e(name, value))
                        """,
                    writes: """
                        \(columns.writes) || (SELECT jsonb_object_agg(e.name, jsonb_build_array(s.revision + 1, e.bytes))
                            FROM unnest(\(p[0]), \(p[2])) AS e(name, bytes))
                        """)
            case .patch:
                AttributeColumns(values: "\(columns.values) || \(p[0])", writes: "\(columns.writes) || \(p[1])")
            default: columns
            }
        }

        /// The part in the statement for a row that was judged already; `nil` where it only demands something.
        ///
        /// The revision is known then, so both objects come ready made.
        var ofKnownRow: CommitPart? {
            switch self {
            case .generation, .expectations, .disuse: nil
            case .set, .sets: .patch
            default: self
            }
        }

        /// The columns that the part alone assigns.
        ///
        /// - Parameter p: the names of the part's parameters
        func assignments(_ p: [String]) -> [String] {
            func ifCurrent(_ column: String, _ value: String) -> String {
                "\(column) = CASE WHEN s.secret_digest = \(p[0]) THEN \(value) ELSE s.\(column) END"
            }
            switch self {
            case .generation, .expectations, .disuse, .set, .sets, .patch, .removals: return []
            case .use: return ["last_used_at = greatest(s.last_used_at, \(p[0]))"]
            case .lifetime:
                let deadline = """
                    least(\(p[2])::numeric,
                        CASE WHEN \(p[0]) IS NOT NULL THEN s.last_used_at::numeric + \(p[0]) + \(p[1]) END)
                    """
                return [
                    "idle_timeout = \(p[0])", "touch_interval = \(p[1])", "absolute_deadline = \(p[2])",
                    "retention = \(p[3])", "is_persistent = \(p[4])",
                    // By the last use as it was: the bound may be early, and never late.
                    "due_from = least(s.due_from, \(Columns.moment(deadline)))",
                ]
            case .renewal:
                return [
                    ifCurrent("previous_digest", "s.secret_digest"), ifCurrent("previous_nonce", p[2]),
                    ifCurrent("previous_successor_seen_at", "NULL"), ifCurrent("secret_digest", p[1]),
                    ifCurrent("secret_issued_at", p[3]),
                ]
            case .seenMark:
                return [
                    """
                    previous_successor_seen_at = CASE WHEN s.secret_digest = \(p[0]) AND s.previous_digest IS NOT NULL
                        THEN coalesce(s.previous_successor_seen_at, \(p[1])) ELSE s.previous_successor_seen_at END
                    """
                ]
            case .forgetting:
                return [
                    ifCurrent("previous_digest", "NULL"), ifCurrent("previous_nonce", "NULL"),
                    ifCurrent("previous_successor_seen_at", "NULL"),
                ]
            case .privileges:
                return [
                    "superseded_family_digest = s.family_digest", "superseded_at = \(p[2])",
                    "superseded_revision = s.revision", "previous_digest = NULL", "previous_nonce = NULL",
                    "previous_successor_seen_at = NULL", "secret_digest = \(p[0])", "family_digest = \(p[1])",
                    "secret_issued_at = \(p[2])", "generation = s.generation + 1", "principal = \(p[3])",
                    "authenticated_at = \(p[4])", "authentications = \(p[5])",
                ]
            case .end:
                return [
                    "end_reason = \(p[0])", "ended_at = \(p[1])", "attributes = '{}'", "attribute_writes = '{}'",
                    "previous_digest = NULL", "previous_nonce = NULL", "previous_successor_seen_at = NULL",
                    "superseded_family_digest = NULL", "superseded_at = NULL", "superseded_revision = NULL",
                    "due_from = least(s.due_from, \(Columns.moment("\(p[1])::numeric + s.retention")))",
                ]
            }
        }
    }

    extension CommitPart {
        /// The parts that a commit has.
        ///
        /// An end leaves everything else out, and a change of privileges replaces what a move of the secret would write.
        static func parts(of changes: SessionChanges) -> [CommitPart] {
            allCases.filter { part in
                switch part {
                case .generation: return changes.expectedGeneration != nil
                case .expectations: return !changes.expectedRevisions.isEmpty
                case .disuse: return changes.unusedSince != nil
                case .end: return changes.end != nil
                default: break
                }
                if changes.end != nil { return false }
                let step = changes.privilegeChange == nil ? changes.secretMove?.step : nil
                switch (part, step) {
                // One attribute alone, as most requests set, costs PostgreSQL half of what a list does.
                case (.set, _): return changes.setCount == 1
                case (.sets, _): return changes.setCount > 1
                case (.removals, _): return changes.attributes.values.contains(.remove)
                case (.use, _): return changes.lastUsedAt != nil
                case (.lifetime, _): return changes.lifetime != nil
                case (.privileges, _): return changes.privilegeChange != nil
                case (.renewal, .renew?), (.seenMark, .seen?), (.forgetting, .forgetPrevious?): return true
                default: return false
                }
            }
        }

        /// Appends the values of the part's parameters.
        ///
        /// - Parameter revision: that of the row with the changes, where it is known
        func append(
            _ changes: SessionChanges, writing revision: UInt64? = nil, to statement: inout PostgresStatement
        ) {
            switch self {
            case .patch:
                guard let revision else { return }
                let patch = AttributePatch(changes, writing: revision)
                statement.append(json: patch.values)
                statement.append(json: patch.writes)
            case .generation:
                statement.append(changes.expectedGeneration.map(Int64.init(bitPattern:)))
            case .expectations:
                statement.append(changes.expectedRevisions.names)
                statement.append(changes.expectedRevisions.values.map(Int64.init(bitPattern:)))
            case .disuse:
                statement.append(changes.unusedSince?.milliseconds)
            case .set, .sets:
                let sets = changes.attributes.compactMap { name, edit in
                    if case .set(let json) = edit { (name: name, json: json) } else { nil }
                }
                if self == .set, let only = sets.first {
                    statement.append(only.name)
                    statement.append(json: only.json)
                    statement.append(Int64(only.json.utf8.count))
                } else {
                    statement.append(sets.map(\.name))
                    statement.append(json: sets.map(\.json))
                    statement.append(sets.map { Int64($0.json.utf8.count) })
                }
            case .removals:
                statement.append(changes.attributes.filter { $0.value == .remove }.names)
            case .use:
                statement.append(changes.lastUsedAt?.milliseconds)
            case .lifetime:
                guard let lifetime = changes.lifetime else { return }
                statement.append(lifetime.idleTimeout?.milliseconds)
                statement.append(lifetime.touchInterval.milliseconds)
                statement.append(lifetime.absoluteDeadline.milliseconds)
                statement.append(lifetime.retention.milliseconds)
                statement.append(lifetime.isPersistent)
            case .renewal, .seenMark, .forgetting:
                guard let move = changes.secretMove else { return }
                statement.append(move.expected.bytes)
                switch move.step {
                case .renew(let digest, let nonce, let issuedAt):
                    statement.append(digest.bytes)
                    statement.append(nonce.bytes)
                    statement.append(issuedAt.milliseconds)
                case .seen(let at): statement.append(at.milliseconds)
                case .forgetPrevious: break
                }
            case .privileges:
                guard let change = changes.privilegeChange else { return }
                statement.append(change.secretDigest.bytes)
                statement.append(change.familyDigest.bytes)
                statement.append(change.at.milliseconds)
                statement.append(change.principal.name)
                statement.append(change.authenticatedAt.milliseconds)
                statement.append(change.authentications.text)
            case .end:
                statement.append(changes.end?.reason.rawValue)
                statement.append(changes.end?.at.milliseconds)
            }
        }
    }

    extension SessionChanges {
        /// How many attributes they set.
        fileprivate var setCount: Int { attributes.reduce(0) { $1.value == .remove ? $0 : $0 + 1 } }
    }
#endif
