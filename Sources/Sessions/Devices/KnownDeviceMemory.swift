import Synchronization

/// Keeps the digests of known devices in memory, for one server and until it ends.
///
/// ```swift
/// let memory = KnownDeviceMemory()
/// let devices = try KnownDevices { await memory.note($0, of: $1, at: $2) }
/// ```
/// It keeps a number of devices a user and of users, and forgets first those that were not seen for longest.
public final class KnownDeviceMemory: Sendable {
    private let maximumDevices: Int
    private let maximumUsers: Int
    private let state = Mutex([SessionOwner: [SecretDigest: Timestamp]]())

    /// Makes an empty memory; each limit is at least 1.
    public init(maximumDevicesPerUser maximumDevices: Int = 32, maximumUsers: Int = 100_000) {
        self.maximumDevices = max(maximumDevices, 1)
        self.maximumUsers = max(maximumUsers, 1)
    }

    /// Notes that a user was seen with a device, and returns whether they had been before.
    public func note(_ device: SecretDigest, of owner: SessionOwner, at now: Timestamp) -> Bool {
        state.withLock { owners in
            var devices = owners[owner] ?? [:]
            let isKnown = devices.updateValue(now, forKey: device) != nil
            // Never the one that was seen just now, though the clock was set back.
            let others = devices.count > maximumDevices ? devices.filter { $0.key != device } : [:]
            if let oldest = others.min(by: { $0.value < $1.value })?.key { devices[oldest] = nil }
            if owners[owner] == nil, owners.count >= maximumUsers {
                // Half of them at once, so that it costs each of the others little.
                let latest = owners.mapValues { $0.values.max() ?? now }.sorted { $0.value < $1.value }
                for (old, _) in latest.prefix((owners.count + 1) / 2) { owners[old] = nil }
            }
            owners[owner] = devices
            return isKnown
        }
    }
}
