#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells the time to the whole system: timeouts, cookie ages and stores all read this one clock.
public protocol SessionClock: Sendable {
    /// The present moment.
    var now: Timestamp { get }
}

/// The machine's wall clock, since sessions outlive processes and are shared by servers.
///
/// Servers of one store must agree within ``SessionConfiguration/clockSkew``.
public struct SystemSessionClock: SessionClock {
    /// Makes the clock that a ``SessionManager`` uses by default.
    public init() {}

    /// The present moment, as the machine knows it.
    public var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
