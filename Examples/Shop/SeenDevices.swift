import Sessions

/// What a session knows of its user's other ones, also when they are over: an ended session keeps no attributes itself.
struct SeenDevices: Codable, Sendable, Equatable {
    struct Device: Codable, Sendable, Equatable {
        let name: String
        /// Whether this session's user has ended it from here.
        var isEndedHere = false
    }

    /// By the ID of the session.
    private(set) var devices: [String: Device] = [:]

    subscript(id: SessionID) -> Device? { devices[id.description] }

    /// Takes note of the sessions that are there, and forgets those that aren't listed any more.
    mutating func note(_ sessions: [SessionInfo]) {
        let known = devices
        devices = [:]
        for info in sessions.prefix(100) {
            guard let name = info.deviceName ?? known[info.id.description]?.name else { continue }
            devices[info.id.description] = known[info.id.description] ?? Device(name: name)
        }
    }

    mutating func noteEnd(of ids: some Sequence<SessionID>) {
        for id in ids { devices[id.description]?.isEndedHere = true }
    }
}

extension SessionKey<SeenDevices> {
    static var seenDevices: Self { .init("shop.devices", whenUnreadable: .startAfresh) }
}

extension SessionInfo {
    /// What the user calls the device; `nil` where the session is over or has no name for it.
    var deviceName: String? { try? value(.device)?.name }
}

extension [SessionInfo] {
    /// The name of a session's device, as any of the sessions here knows it.
    func deviceName(of id: SessionID) -> String? {
        first { $0.id == id }?.deviceName ?? lazy.compactMap { try? $0.value(.seenDevices)?[id]?.name }.first
    }

    /// The session that a session was ended from; `nil` where none that still lives has done it.
    func ender(of id: SessionID) -> SessionInfo? {
        first { (try? $0.value(.seenDevices)?[id]?.isEndedHere) == true }
    }
}
