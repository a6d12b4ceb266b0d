import HTTPTypes

extension Session {
    /// Returns what this request says of its device: the readable name of its `User-Agent`, and the address if asked for.
    ///
    /// - Parameter includesAddress: whether to keep ``clientAddress``, which is personal data: ask for it only if your page
    ///   shows it
    public func device(withAddress includesAddress: Bool = false) -> SessionDevice {
        SessionDevice(
            name: UserAgentName(handle.request.headerFields[.userAgent]).description,
            address: includesAddress ? clientAddress?.description : nil)
    }
}
