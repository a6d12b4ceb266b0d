/// The request field in which a TLS proxy tells the client's scheme.
public enum ForwardedField: Sendable, Hashable {
    /// Whichever of the two comes. Where both come, a difference means plain HTTP.
    case either
    /// `X-Forwarded-Proto`.
    case xForwardedProto
    /// `Forwarded` (RFC 7239), of which `proto` is read.
    case forwarded
}
