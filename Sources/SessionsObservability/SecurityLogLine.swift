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
            source_ip = event.address.map { "\($0)" }
            session = Session(event)
        }
    }

    extension SecurityLogLine.Session {
        /// `nil` where no token named a session.
        init?(_ event: SessionEvent) {
            guard let id = event.id else { return nil }
            self.init(
                uid: "\(id)", issuer: event.realm.name, expiration_reason: event.end?.reason.rawValue)
        }
    }

    extension SessionEvent {
        /// The address of the client, or of the other side of the connection.
        var address: NetworkAddress? {
            if let client { return client }
            if case .address(let address)? = peer { return address }
            return nil
        }
    }
#endif
