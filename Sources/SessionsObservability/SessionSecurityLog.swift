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
        private let application: String
        private let write: @Sendable (String) -> Void

        /// Makes a log.
        ///
        /// - Parameters:
        ///   - application: the name that every line begins with, as `appid`
        ///   - write: takes one line, with its line break; it is called in line, from any thread, and must not wait
        public init(application: String, write: @escaping @Sendable (_ line: String) -> Void) {
            self.application = application
            self.write = write
        }

        /// Writes a line, if the vocabulary has a word for the event.
        public func observe(_ event: SessionEvent, logger: Logger?) {
            guard let word = SecurityEvent(event) else { return }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let line = try? encoder.encode(SecurityLogLine(word, event, application: application)) else { return }
            write(String(decoding: line, as: UTF8.self) + "\n")
        }
    }
#endif
