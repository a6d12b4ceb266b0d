#if Observability
    import Sessions

    /// An event in the words of OWASP's logging vocabulary.
    struct SecurityEvent {
        enum Level: String, Encodable {
            case info = "INFO"
            case warning = "WARN"
            case critical = "CRITICAL"
        }

        /// The word of the vocabulary, with its parameters behind a colon.
        let name: String
        let level: Level
        let description: String

        private init(_ name: String, _ parameters: [String?], _ level: Level, _ description: String) {
            let known = parameters.compactMap { $0 }
            self.name = known.isEmpty ? name : name + ":" + known.joined(separator: ",")
            self.level = level
            self.description = description
        }

        /// `nil` for what isn't about security, such as a failure of the store.
        init?(_ event: SessionEvent) {
            let user = event.principal?.name
            if let end = event.end, event.kind == .ended(end.reason) {
                self.init("session_expired", [user, end.reason.rawValue], .info, "A session is over.")
                return
            }
            switch event.kind {
            case .created: self.init("session_created", [user], .info, "A request made a session.")
            case .signedIn: self.init("authn_login_success", [user], .info, "A user signed in.")
            case .signInRefused:
                self.init(
                    "authn_login_fail", [user], .warning, "A user signed in who has as many sessions as they may.")
            case .newDevice:
                self.init(
                    "authn_login_new_device", [user], .warning,
                    "A user signed in with a browser that they were not seen with before.")
            case .steppedUp:
                self.init("authn_login_success", [user], .info, "A signed-in user was authenticated again.")
            case .renewed: self.init("session_renewed", [user], .info, "A session got its next secret.")
            case .theftSuspected:
                self.init(
                    "authn_token_reuse", [user, event.id.map { "\($0)" }], .critical,
                    "An old secret came back after its overlap: two clients hold the token.")
            case .tokenRefused(.ended):
                self.init("session_use_after_expire", [user], .warning, "A token came whose session is over.")
            case .tokenRefused(.malformed), .tokenRefused(.ambiguous), .tokenRefused(.misplaced):
                self.init(
                    "input_validation_fail", ["token", user], .warning, "A token could not be read: \(event.kind).")
            case .tokenRefused(.misbound):
                self.init(
                    "authz_fail", [user, "session"], .critical, "A token in a URL came from another client.")
            case .tokenRefused(.replayed):
                self.init(
                    "authn_token_reuse", [user, event.id.map { "\($0)" }], .critical,
                    "A hand-over code was used a second time: two clients hold it.")
            case .handedOver:
                self.init("session_renewed", [user], .info, "A session went on under a new token.")
            case .tokenRefused(.unknown), .tokenRefused(.superseded), .tokenRefused(.late), .tokenRefused(.outranked):
                self.init("authz_fail", [user, "session"], .warning, "A token gave no session: \(event.kind).")
            case .insecureTransport:
                self.init(
                    "authz_fail", [user, "session"], .warning, "A token came over plain HTTP from another machine.")
            case .newSessionRefused:
                self.init(
                    "excess_rate_limit_exceeded", [user, "sessions"], .warning, "A client made new sessions too fast.")
            case .operatorActed(.endedSession), .operatorActed(.endedAll):
                let act = event.kind == .operatorActed(.endedAll) ? "end_all_sessions" : "end_session"
                self.init(
                    "authz_admin", [event.actingOperator?.name, act], .warning,
                    "An operator \(event.error == nil ? "ended" : "tried to end") sessions on the operators' pages.")
            case .operatorRefused:
                self.init(
                    "authz_fail", [user, "operators_pages"], .warning,
                    "A request for the operators' pages came from no operator.")
            case _ where event.kind.name.hasPrefix("forgery"):
                self.init(
                    "authz_fail", [user, "request"], .warning, "A request seems to be forged: \(event.kind.name).")
            default: return nil
            }
        }
    }
#endif
