/// How well a session's user is authenticated: what a route can ask for, the lowest first.
///
/// Above ``remembered`` they are the authentication assurance levels of NIST SP 800-63B-4, as far as the methods that the
/// application has recorded tell. A session's level is never above that of its authentication.
public enum AuthenticationLevel: Int, Sendable, Hashable, CaseIterable {
    /// The browser is recognised, and its user signed in longer ago than ``SessionConfiguration/timeouts`` allow in all.
    case remembered
    /// One factor (AAL1).
    case aal1
    /// Factors of two kinds, such as a password and a one-time code, or a method that is multi-factor by itself (AAL2).
    case aal2
    /// The same, one of them by a key in hardware (AAL3).
    case aal3
}

extension AuthenticationLevel: Comparable {
    /// Compares by how much each is worth.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension [Authentication] {
    /// The level that these reach together; one whose kind isn't known counts as one factor and never as a second.
    var level: AuthenticationLevel {
        let methods = map(\.method)
        guard methods.contains(.multipleFactors) || Set(methods.compactMap(\.factor)).count > 1 else { return .aal1 }
        return methods.contains(.hardwareKey) ? .aal3 : .aal2
    }
}

extension Authentication.Method {
    /// The three kinds of NIST SP 800-63B-4, section 1: what a user knows, has, or is.
    enum Factor {
        case knowledge, possession, inherence
    }

    /// By the `amr` values of RFC 8176.
    var factor: Factor? {
        switch rawValue {
        case "pwd", "pin", "kba": .knowledge
        case "otp", "hwk", "swk", "sc", "sms", "tel", "pop": .possession
        case "face", "fpt", "iris", "retina", "vbm": .inherence
        default: nil
        }
    }
}
