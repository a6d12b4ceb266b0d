/// What a session remembers of the device that its user signed in on: shown to the user, and never trusted.
///
/// ```swift
/// try await session.signIn(user, by: .password, on: session.device())
/// ```
/// A page then lists `try info.value(.device)` of each of the user's sessions.
public struct SessionDevice: Codable, Sendable, Hashable {
    /// The name of its browser or program, such as `Firefox on Linux`: see ``UserAgentName``.
    public let name: String
    /// The client's address at that time, as text; `nil` unless the application asked for it.
    public let address: String?

    /// Names a device in the application's own words.
    public init(name: String, address: String? = nil) {
        self.name = name
        self.address = address
    }
}

extension SessionDevice {
    /// What a sign-in writes.
    var edit: SessionChanges.Edit {
        get throws(SessionError) { .set(json: try AttributeCoding.encode(self, for: .device)) }
    }
}

extension SessionAttributes {
    /// What a session has besides its user's device.
    var withoutDevice: Self { Self(filter { $0.name != SessionKey<SessionDevice>.device.name }) }
}

extension SessionKey<SessionDevice> {
    /// The device that the session's user signed in on (`sessions.device`), where the application has said it.
    public static var device: Self { .init("sessions.device", whenUnreadable: .startAfresh) }
}
