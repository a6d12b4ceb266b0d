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
            for name in Set(before.map(\.name) + after.map(\.name)) where after[values: name] != before[values: name] {
                let header = HTTPHeader(name.rawName)
                if after.contains(name) { setValues(after[values: name], for: header) } else { removeValue(header) }
            }
        }
    }
#endif
