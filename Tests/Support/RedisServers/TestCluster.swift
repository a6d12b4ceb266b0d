import Foundation
import Processes

/// A cluster of three primaries, each with a replica.
package final class TestCluster: Sendable {
    package let nodes: [RedisProcess]
    private let authority: TestAuthority?

    /// - Parameters:
    ///   - failsOverByItself: whether replicas take over when they miss their primary. Otherwise a machine that is too busy to
    ///     answer in time loses nothing, and only ``failOver(primary:isPlanned:)`` promotes.
    ///   - nodeTimeout: for how many milliseconds nodes wait for each other
    ///   - authority: makes the nodes speak TLS alone, and name themselves `localhost`, as their certificate does
    package init(
        failsOverByItself: Bool = true, nodeTimeout: Int = 1500, tls authority: TestAuthority? = nil
    ) async throws {
        self.authority = authority
        let tls =
            authority == nil
            ? []
            : [
                "--tls-cluster", "yes", "--tls-replication", "yes", "--cluster-announce-hostname", "localhost",
                "--cluster-preferred-endpoint-type", "hostname",
            ]
        nodes = try (0..<6).map { _ in
            try RedisProcess(
                [
                    "--cluster-enabled", "yes", "--cluster-node-timeout", "\(nodeTimeout)", "--cluster-config-file",
                    "nodes.conf",
                    "--cluster-replica-validity-factor", "0", "--cluster-replica-no-failover",
                    failsOverByItself ? "no" : "yes", "--repl-diskless-sync-delay", "0",
                ] + tls, tls: authority)
        }
        for node in nodes { try await node.start() }
        let addresses = nodes.map { "127.0.0.1:\($0.port)" }
        try await offThread {
            try run(
                RedisProcess.find("redis-cli"),
                ["--cluster", "create"] + addresses + ["--cluster-replicas", "1", "--cluster-yes"]
                    + (authority?.clientArguments ?? []))
        }
        try await eventually("every node says that the cluster is complete") { try isComplete() }
    }

    /// One that stays as it is, also where the machine is too busy for a node to answer others.
    package static func steady(tls authority: TestAuthority? = nil) async throws -> TestCluster {
        try await TestCluster(failsOverByItself: false, nodeTimeout: 60_000, tls: authority)
    }

    /// Whether all nodes see all slots served and three replicas, which are in step.
    package func isComplete() throws -> Bool {
        for node in nodes {
            let info = try node.cli("cluster", "info")
            guard info.contains("cluster_state:ok"), info.contains("cluster_known_nodes:6"),
                try node.cli("cluster", "nodes").split(separator: "\n").count(where: { $0.contains("slave") }) == 3
            else { return false }
        }
        return try nodes.count { try $0.cli("info", "replication").contains("master_link_status:up") } == 3
    }

    package var url: String {
        let (scheme, host) = authority == nil ? ("redis+cluster", "127.0.0.1") : ("rediss+cluster", "localhost")
        return "\(scheme)://" + nodes.prefix(3).map { "\(host):\($0.port)" }.joined(separator: ",")
            + (authority.map { "?cafile=\($0.authorityFile)" } ?? "")
    }

    /// The node that has the slot of a key now.
    package func primary(ofKey key: String) throws -> RedisProcess {
        let slot = Int(try nodes[0].cli("cluster", "keyslot", key).trimmingCharacters(in: .newlines)) ?? -1
        for line in try nodes[0].cli("cluster", "nodes").split(separator: "\n") {
            let words = line.split(separator: " ")
            let flags = words[2].split(separator: ",")
            guard flags.contains("master"), !flags.contains("fail"), !flags.contains("fail?") else { continue }
            for range in words.dropFirst(8) {
                let ends = range.split(separator: "-").compactMap { Int($0) }
                guard let first = ends.first, let last = ends.last, (first...last).contains(slot) else { continue }
                let port = Int(words[1].split(separator: "@")[0].split(separator: ":")[1])
                if let node = nodes.first(where: { $0.port == port }) { return node }
            }
        }
        throw NeverHeld(what: "a primary of slot \(slot)")
    }

    /// Announces that the slot of a key is on its way from its node to another, which gets none of its keys by that.
    package func beginMoving(slotOfKey key: String) throws -> (from: RedisProcess, to: RedisProcess, slot: String) {
        let from = try primary(ofKey: key)
        guard let to = try nodes.first(where: { try $0 !== from && $0.info()["role"] == "master" }) else {
            throw NeverHeld(what: "another primary than that of \(key)")
        }
        let slot = try from.cli("CLUSTER", "KEYSLOT", key).trimmingCharacters(in: .whitespacesAndNewlines)
        try to.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", try from.clusterID())
        try from.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", try to.clusterID())
        return (from, to, slot)
    }

    /// Makes the replica of one of the primaries a primary in its place, and returns when the cluster is whole again.
    ///
    /// Everything that was acknowledged before the call is kept.
    ///
    /// - Parameters:
    ///   - number: which of the three, in no order
    ///   - isPlanned: whether the primary hands over; otherwise it is killed with writes that the replica never gets, for which
    ///     this waits, and comes back empty
    package func failOver(primary number: Int, isPlanned: Bool) async throws {
        try await eventually("the cluster is whole") { try isComplete() }
        let primaries = try nodes.filter { try $0.info()["role"] == "master" }
        let primary = primaries[number % primaries.count]
        let id = try primary.clusterID()
        guard
            let line = try primary.cli("CLUSTER", "REPLICAS", id).split(separator: "\n").first(where: {
                $0.contains("slave")
            }),
            let replica = nodes.first(where: { line.contains(":\($0.port)@") })
        else { throw NeverHeld(what: "a replica of the node on port \(primary.port)") }
        let written = try Int(primary.info()["master_repl_offset"] ?? "") ?? .max
        try await eventually("the replica has what was written before") {
            try Int(replica.info()["slave_repl_offset"] ?? "") ?? 0 >= written
        }
        if !isPlanned {
            // On one machine a replica is in step all the time; from here on it gets nothing more.
            try primary.cli("ACL", "SETUSER", "default", "-psync", "-sync")
            try primary.cli("CLIENT", "KILL", "TYPE", "replica")
            let sent = try Int(primary.info()["master_repl_offset"] ?? "") ?? 0
            try await eventually("the primary has writes that its replica doesn't get") {
                try Int(primary.info()["master_repl_offset"] ?? "") ?? 0 >= sent + 4096
            }
            primary.kill()
        }
        var polls = 0
        try await eventually("the replica is the primary") {
            if try replica.info()["role"] == "master" { return true }
            // The other primaries may have to be asked more than once: they vote about a node once in some seconds.
            if polls % 100 == 0 {
                if isPlanned {
                    try replica.cli("CLUSTER", "FAILOVER")
                } else {
                    try replica.cli("CLUSTER", "FAILOVER", "FORCE")
                }
            }
            polls += 1
            return false
        }
        // Not earlier: it would be the primary again, of nothing.
        if !isPlanned { try await primary.start() }
        try await eventually("the cluster is whole again") { try isComplete() }
    }
}
