/// A readable name for a `User-Agent` field: "Firefox on Linux", "curl", "Googlebot".
///
/// It is approximate, since a client may write anything into the field, and browsers imitate each other. Show it to the user
/// whose session it is, and decide nothing by it. It has at most 80 characters, none of which is special in HTML.
public struct UserAgentName: Sendable, Hashable, CustomStringConvertible {
    /// The browser or program, such as `Firefox`; `nil` where the field names none that is known.
    public let product: String?
    /// The operating system or device, such as `Linux` or `iPhone`; `nil` where the field names none that is known.
    public let system: String?

    /// Reads a field, of which the first 512 bytes count; `nil` where the request has none.
    public init(_ field: String?) {
        let words = UserAgentWords(field ?? "")
        system = words.system
        product = words.bot ?? words.browser ?? words.program
    }

    /// The name for people.
    public var description: String {
        switch (product, system) {
        case (let product?, let system?): "\(product) on \(system)"
        case (let product?, nil): product
        case (nil, let system?): "An unknown program on \(system)"
        case (nil, nil): "An unknown device"
        }
    }
}
