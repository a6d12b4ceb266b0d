/// The words of a `User-Agent` field: RFC 9110's products, and what stands in its comments.
struct UserAgentWords {
    /// More tells nothing of the client, and costs time.
    private static let maximumBytes = 512

    private let words: [Substring]

    init(_ field: String) {
        let text = String(
            decoding: field.utf8.prefix(Self.maximumBytes).map { (0x21...0x7e).contains($0) ? $0 : 0x20 }, as: UTF8.self
        )
        words = text.split { " ();,[]".contains($0) }
    }

    /// The browser that a person uses, where the field has one of a browser's form.
    var browser: String? {
        guard isBrowserLike else { return nil }
        for (token, name) in Self.browsers where has(token) { return name }
        // What shows pages in an app: Android's says so, and Apple's lacks the browser's own word.
        if words.contains("wv") || (has("AppleWebKit") && !has("Safari")) { return "An app" }
        return has("Safari") && has("AppleWebKit") ? "Safari" : nil
    }

    /// A crawler or a preview, which names itself with a version somewhere in the field.
    var bot: String? {
        for word in words {
            let name = word.prefix { $0 != "/" }
            let parts = name.lowercased().split(separator: "-")
            let isBot = parts.contains { part in Self.botEndings.contains { part.hasSuffix($0) } }
            if isBot, isProductName(name), word.count > name.count || name == words.first { return String(name) }
        }
        return nil
    }

    /// A program that isn't a browser: the first product of the field.
    var program: String? {
        guard let first = words.first, !isBrowserLike else { return nil }
        let name = first.prefix { $0 != "/" }
        return isProductName(name) ? String(name) : nil
    }

    /// The operating system, or the device where that is what people call it.
    var system: String? {
        for (word, name) in Self.systems where words.contains(where: { $0 == word || $0.hasPrefix(word + "/") }) {
            return name
        }
        return nil
    }

    private var isBrowserLike: Bool { words.first?.hasPrefix("Mozilla/") == true || has("Opera") }

    private func has(_ product: String) -> Bool {
        words.contains { $0.hasPrefix(product) && $0.dropFirst(product.count).first == "/" }
    }

    /// Whether a name is safe to show as it is: short, and of letters, digits and a few marks.
    private func isProductName(_ name: Substring) -> Bool {
        (1...40).contains(name.utf8.count) && name.utf8.contains { (0x41...0x5a).contains($0 & 0xdf) }
            && name.utf8.allSatisfy { byte in
                (0x41...0x5a).contains(byte & 0xdf) || (0x30...0x39).contains(byte) || byte == 0x2d || byte == 0x2e
                    || byte == 0x5f
            }
    }

    /// The products of browsers: one that calls itself another as well comes before that one.
    private static let browsers: KeyValuePairs = [
        "FBAN": "Facebook", "FBAV": "Facebook", "Instagram": "Instagram", "GSA": "Google app",
        "EdgA": "Edge", "EdgiOS": "Edge", "Edg": "Edge", "Edge": "Edge",
        "OPR": "Opera", "OPT": "Opera", "OPX": "Opera", "Opera": "Opera",
        "SamsungBrowser": "Samsung Internet", "Vivaldi": "Vivaldi", "YaBrowser": "Yandex Browser",
        "UCBrowser": "UC Browser", "HuaweiBrowser": "Huawei Browser", "MiuiBrowser": "Mi Browser",
        "DuckDuckGo": "DuckDuckGo", "Ddg": "DuckDuckGo", "Brave": "Brave", "Epiphany": "GNOME Web",
        "Focus": "Firefox Focus", "FxiOS": "Firefox", "SeaMonkey": "SeaMonkey", "Firefox": "Firefox",
        "CriOS": "Chrome", "Chromium": "Chromium", "Electron": "An app",
        "HeadlessChrome": "Chrome", "Trident": "Internet Explorer",
        "Chrome": "Chrome",
    ]

    /// Words of systems and devices: one whose field names another as well comes before that one.
    private static let systems: KeyValuePairs = [
        "iPhone": "iPhone", "iPad": "iPad", "iPod": "iPod touch", "Xbox": "Xbox", "PlayStation": "PlayStation",
        "Nintendo": "Nintendo", "CrOS": "ChromeOS", "Tizen": "a television", "Web0S": "a television",
        "KAIOS": "KaiOS", "Android": "Android", "Windows": "Windows", "Macintosh": "macOS", "FreeBSD": "FreeBSD",
        "OpenBSD": "OpenBSD", "Linux": "Linux", "Darwin": "an Apple device",
    ]

    private static let botEndings = ["bot", "spider", "crawler", "externalhit"]
}
