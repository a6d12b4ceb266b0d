/// Sends commands to Redis or Valkey: all that the store needs of a client.
///
/// This package's own clients are ``RedisClient`` and, for a cluster, ``RedisClusterClient``. A server that already runs
/// another one conforms it in a few lines.
public protocol RedisCommands: Sendable {
    /// Sends one command to the primary that has the slot of ``RedisCommand/key``, and returns its answer.
    ///
    /// An error that the server answered with is *returned*, as ``RedisReply/error(_:)``: the command was not applied.
    /// What is *thrown* says that there is no answer, and ``RedisFailure/outcome`` says what that leaves open:
    /// ``RedisFailure/Outcome/notApplied`` where the command certainly never left this process or never will be applied,
    /// ``RedisFailure/Outcome/unknown`` for everything else. A conformance must not send a command of
    /// ``RedisCommand/Effect/write`` a second time after an unknown outcome: the store relies on it. It may follow
    /// `MOVED` and `ASK`, and may repeat what was answered `LOADING`, `TRYAGAIN` or `CLUSTERDOWN`.
    ///
    /// It never asks a replica: loads are linearizable.
    ///
    /// - Parameters:
    ///   - command: the command with its arguments
    ///   - deadline: when the caller stops waiting; the call returns or throws by then
    func send(_ command: RedisCommand, deadline: ContinuousClock.Instant) async throws(RedisFailure) -> RedisReply
}
