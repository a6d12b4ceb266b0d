#if Configuration
    import Sessions

    extension SessionCookies {
        /// How cookies of an earlier configuration are written, for errors.
        static let formerForm =
            "two names and what differed from Path=/ on the host alone, such as visitor id Domain=example.com Path=/shop Partitioned"

        /// Reads cookies of an earlier configuration: two names, then `Domain=`, `Path=` and `Partitioned`, parted by blanks.
        init?(former text: String) {
            let words = text.split(separator: " ")
            guard words.count >= 2 else { return nil }
            var scope = SetCookie.Scope()
            var seen: Set<Substring> = []
            for word in words.dropFirst(2) {
                let parts = word.split(separator: "=", maxSplits: 1)
                guard let name = parts.first, seen.insert(name).inserted else { return nil }
                switch (name, parts.dropFirst().first) {
                case ("Domain", .some(let domain)): scope.domain = String(domain)
                case ("Path", .some(let path)): scope.path = String(path)
                case ("Partitioned", nil): scope.isPartitioned = true
                default: return nil
                }
            }
            self.init(visitorName: String(words[0]), signedInName: String(words[1]), scope: scope)
        }
    }
#endif
