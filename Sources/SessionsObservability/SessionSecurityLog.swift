#if Observability
    import Foundation
    public import Logging
    public import Sessions

    /// Writes what happens to sessions as lines of JSON, in the words of OWASP's logging vocabulary.
    ///
    /// The session is an object as OCSF has it. A line holds no token and no secret; the ID in it opens nothing.
    ///
    /// ```json
    /// {"appid":"shop","datetime":"2026-11-25T18:04:05.123Z","description":"…","event":"authn_token_reuse:ada,0459…",
    ///  "level":"CRITICAL","session":{"issuer":"default","uid":"0459…"},"source_ip":"203.0.113.7","userid":"ada"}
    /// ```
    ///
    /// | event | level | when |
    /// | --- | --- | --- |
    /// | `session_created` | INFO | a request made a session |
    /// | `authn_login_success` | INFO | a user signed in, or was authenticated again |
    /// | `session_renewed` | INFO | the session got its next secret |
    /// | `session_expired:ada,limit` | INFO | the session ended, for this reason |
    /// | `session_use_after_expire` | WARN | a token of a session that is over came, as restored tabs send it |
    /// | `authn_token_reuse:ada,ID` | CRITICAL | an old secret came back: two clients hold the token |
    /// | `input_validation_fail:token` | WARN | a token is malformed, ambiguous or at the wrong place |
    /// | `authz_fail` | WARN | a token is unknown, superseded or late, or came over plain HTTP |
    /// | `authz_admin:olga,end_session` | WARN | an operator ended sessions on the operators' pages |
    public struct SessionSecurityLog: SessionObserver {
        /// The form of a line.
        public enum Format: Sendable, Hashable {
            /// An object with the fields of OWASP's logging vocabulary, and OCSF's `session`.
            case owasp
            /// An event of OCSF's class Authentication (3002), for a SIEM that takes nothing else; OWASP's word is its
            /// `metadata.event_code`.
            ///
            /// The class demands a user: that of an event without one is `anonymous`, of an unknown type.
            case ocsf
        }

        private let application: String
        private let format: Format
        private let write: @Sendable (String) -> Void

        /// Makes a log.
        ///
        /// - Parameters:
        ///   - application: the name that every line has, as `appid`, or as `service` of an OCSF event
        ///   - format: the form of the lines
        ///   - write: takes one line, with its line break; it is called in line, from any thread, and must not wait
        public init(
            application: String, format: Format = .owasp, write: @escaping @Sendable (_ line: String) -> Void
        ) {
            self.application = application
            self.format = format
            self.write = write
        }

        /// Writes a line, if the vocabulary has a word for the event.
        public func observe(_ event: SessionEvent, logger: Logger?) {
            guard let word = SecurityEvent(event) else { return }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line =
                switch format {
                case .owasp: try? encoder.encode(SecurityLogLine(word, event, application: application))
                case .ocsf: try? encoder.encode(AuthenticationEvent(word, event, application: application))
                }
            guard let line else { return }
            write(String(decoding: line, as: UTF8.self) + "\n")
        }
    }
#endif
