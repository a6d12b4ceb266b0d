#if Observability
    import Sessions

    /// One line of a security log.
    struct SecurityLogLine: Encodable {
        /// OCSF's `session` object.
        struct Session: Encodable {
            let uid: String
            let issuer: String
            let expiration_reason: String?
        }

        let datetime: String
        let appid: String
        let event: String
        let level: SecurityEvent.Level
        let description: String
        let userid: String?
        let source_ip: String?
        let session: Session?

        init(_ word: SecurityEvent, _ event: SessionEvent, application: String) {
            datetime = "\(event.at)"
            appid = application
            self.event = word.name
            level = word.level
            description = word.description
            userid = event.principal?.name
            source_ip =
                if let client = event.client {
                    "\(client)"
                } else if case .address(let address)? = event.peer {
                    "\(address)"
                } else {
                    nil
                }
            session = event.id.map {
                Session(uid: "\($0)", issuer: event.realm.name, expiration_reason: event.end?.reason.rawValue)
            }
        }
    }
#endif
