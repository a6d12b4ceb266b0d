extension SessionConfiguration {
    /// The settings that work and are seldom meant, in sentences for the operator.
    ///
    /// ``SessionManager`` logs them when it is made.
    public var warnings: [String] {
        var warnings: [String] = []
        if cookies.scope.sameSite == .none {
            warnings.append(
                "SameSite=None sends the session's cookie with other sites' requests, so forgeryProtection alone refuses "
                    + "forged ones; leave its mode at refuse, and let no GET change anything")
        }
        if let urlTokens {
            warnings.append(
                "urlTokens is on: browsers without cookies get sessions whose token is in the URL (?\(urlTokens.parameter)=), "
                    + "which histories and logs keep and ASVS 14.2.1 forbids; give it to the manager of routes that need it "
                    + "alone, and redact the logs of proxies"
                    + (trustedProxies.isEmpty
                        ? "; trustedProxies is empty, so behind a proxy on this machine they get none" : ""))
            if cookies.scope.sameSite == .strict {
                warnings.append(
                    "SameSite=Strict cookies don't come with a visit from another site's link, so urlTokens may take such a "
                        + "browser for one without cookies; use SameSite=Lax")
            }
        }
        if cookies.scope.isPartitioned, cookies.scope.sameSite != .none {
            warnings.append(
                "Partitioned does nothing with SameSite=\(cookies.scope.sameSite.rawValue): a page that another site embeds gets "
                    + "no such cookie; set SameSite=None, or leave Partitioned out")
        }
        if forgeryProtection.mode != .refuse {
            warnings.append(
                "forgeryProtection.mode is \(forgeryProtection.mode), so other sites can have a browser send requests, such "
                    + "as one that signs the user in to another account; set it to refuse when the trial is over")
        }
        let development = SessionCookies.insecureForDevelopment
        let names = [cookies.visitorName, cookies.signedInName]
        let networks = cookies.development.ranges
        if !cookies.scope.isSecure, !networks.isEmpty {
            warnings.append(
                "insecureForDevelopment is on: sessions work over plain HTTP from \(networks.texts), and every machine on the "
                    + "way can read and use them; take cookies with Secure for a server that others use")
        } else if !cookies.scope.isSecure, names != [development.visitorName, development.signedInName] {
            warnings.append(
                "the cookies \(names[0]) and \(names[1]) have no Secure, so sessions work for localhost alone; set Secure, or "
                    + "take SessionCookies.insecureForDevelopment")
        }
        if renewalSettle < .seconds(30) {
            warnings.append(
                "renewalSettle is \(renewalSettle), and browsers save cookies about every 30 seconds: one that crashes in between "
                    + "comes back with its old cookie and is taken for a thief; use at least 30 s")
        }
        return warnings
    }
}
