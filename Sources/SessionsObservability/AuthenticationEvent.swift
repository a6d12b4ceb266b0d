#if Observability
    import Sessions

    /// One event of OCSF's class Authentication, version 1.3.0.
    struct AuthenticationEvent: Encodable {
        struct Metadata: Encodable {
            struct Product: Encodable {
                let name = "swift-sessions"
                let vendor_name = "swift-sessions"
            }

            let version = "1.3.0"
            let product = Product()
            let event_code: String
        }

        struct User: Encodable {
            let name, type: String
            let type_id: Int
        }

        struct Named: Encodable {
            let name: String
        }

        struct Endpoint: Encodable {
            let ip: String
        }

        let category_uid = 3
        let category_name = "Identity & Access Management"
        let class_uid = 3002
        let class_name = "Authentication"
        let activity_id: Int
        let activity_name: String
        let type_uid: Int
        let type_name: String
        let time: Int64
        let severity_id: Int
        let severity: String
        let status_id: Int
        let status: String
        let message: String
        let metadata: Metadata
        let user: User
        let service: Named
        let session: SecurityLogLine.Session?
        let src_endpoint: Endpoint?

        /// What was worth a warning may have succeeded all the same.
        private static func hasSucceeded(_ word: SecurityEvent, _ event: SessionEvent) -> Bool {
            switch event.kind {
            case .newDevice, .operatorActed(.endedSession), .operatorActed(.endedAll): event.error == nil
            default: word.level == .info
            }
        }

        init(_ word: SecurityEvent, _ event: SessionEvent, application: String) {
            switch event.kind {
            case .signedIn, .steppedUp, .signInRefused: (activity_id, activity_name) = (1, "Logon")
            case _
            where event.end != nil && event.principal != nil && event.kind == event.end.map { .ended($0.reason) }:
                (activity_id, activity_name) = (2, "Logoff")
            default: (activity_id, activity_name) = (99, String(word.name.prefix { $0 != ":" }))
            }
            type_uid = class_uid * 100 + activity_id
            type_name = "\(class_name): " + (activity_id == 99 ? "Other" : activity_name)
            time = event.at.milliseconds
            switch word.level {
            case .info: (severity_id, severity) = (1, "Informational")
            case .warning: (severity_id, severity) = (3, "Medium")
            case .critical: (severity_id, severity) = (5, "Critical")
            }
            (status_id, status) = Self.hasSucceeded(word, event) ? (1, "Success") : (2, "Failure")
            message = word.description
            metadata = Metadata(event_code: word.name)
            user =
                event.principal.map { User(name: $0.name, type: "User", type_id: 1) }
                ?? User(name: "anonymous", type: "Unknown", type_id: 0)
            service = Named(name: application)
            session = SecurityLogLine.Session(event)
            src_endpoint = event.address.map { Endpoint(ip: "\($0)") }
        }
    }
#endif
