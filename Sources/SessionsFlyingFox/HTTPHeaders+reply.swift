#if FlyingFox
    import FlyingFox
    import HTTPTypes
    import Sessions

    extension HTTPHeaders {
        /// Adds a session's fields; what the handler has set besides stays as it is.
        mutating func apply(_ reply: SessionReply) {
            guard !reply.isEmpty else { return }
            let before = HTTPFields(self)
            var after = before
            reply.apply(to: &after)
            for name in Set(after.map(\.name)) where after[values: name] != before[values: name] {
                setValues(after[values: name], for: HTTPHeader(name.rawName))
            }
        }
    }
#endif
