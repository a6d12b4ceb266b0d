import Testing

@testable import Sessions

@Suite("A-7.5.2: users recognise their devices by a name that a User-Agent gives", .timeLimit(.minutes(10)))
struct UserAgentNameTests {
    private static let webKit = "AppleWebKit/537.36 (KHTML, like Gecko)"
    private static let appleWebKit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
    private static let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
    private static let android = "Mozilla/5.0 (Linux; Android 10; K)"
    private static let iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)"
    private static let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"

    @Test(
        "Browsers of people have their own name and their system's, also where they imitate another one",
        arguments: [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on macOS"
            ),
            ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox on Android"),
            ("\(iPhone) \(appleWebKit) FxiOS/145.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
            ("\(windows) \(webKit) Chrome/142.0.0.0 Safari/537.36", "Chrome on Windows"),
            ("Mozilla/5.0 (X11; Linux x86_64) \(webKit) HeadlessChrome/142.0.0.0 Safari/537.36", "Chrome on Linux"),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) \(webKit) Chrome/142.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
            ("\(android) \(webKit) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
            ("\(iPhone) \(appleWebKit) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
            (
                "Mozilla/5.0 (X11; Linux x86_64) \(webKit) Ubuntu Chromium/80.0 Chrome/80.0 Safari/537.36",
                "Chromium on Linux"
            ),
            ("\(windows) \(webKit) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
            ("\(android) \(webKit) Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0", "Edge on Android"),
            ("\(windows) \(webKit) Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera on Windows"),
            ("Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera on Windows"),
            (
                "\(android) \(webKit) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android"
            ),
            ("\(mac) \(webKit) Chrome/142.0.0.0 Safari/537.36 Vivaldi/7.6.3797.63", "Vivaldi on macOS"),
            ("\(mac) \(appleWebKit) Version/26.0 Safari/605.1.15", "Safari on macOS"),
            ("\(mac) \(appleWebKit) Version/26.0 Safari/605.1.15 Ddg/26.0", "DuckDuckGo on macOS"),
            ("\(iPhone) \(appleWebKit) Version/26.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) \(appleWebKit) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPad"
            ),
            ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer on Windows"),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) \(webKit) Version/4.0 Safari/537.36", "An app on Android"),
            ("\(iPhone) \(appleWebKit) Mobile/15E148", "An app on iPhone"),
            ("\(iPhone) \(appleWebKit) Mobile/22G86 [FBAN/FBIOS;FBAV/530.0;FBDV/iPhone17,1]", "Facebook on iPhone"),
            (
                "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) \(webKit) Chrome/120.0.0.0 Mobile Safari/537.36",
                "Chrome on Android"
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Safari/537.36", "An unknown program on Windows"),
        ])
    func browsers(_ field: String, _ name: String) {
        #expect(UserAgentName(field).description == name)
    }

    @Test(
        "The word of a browser is its name, whatever other browsers it claims to be",
        arguments: [
            ("FBAN", "Facebook"), ("FBAV", "Facebook"), ("Instagram", "Instagram"), ("GSA", "Google app"),
            ("EdgA", "Edge"), ("EdgiOS", "Edge"), ("Edg", "Edge"), ("Edge", "Edge"), ("OPR", "Opera"),
            ("OPT", "Opera"), ("OPX", "Opera"), ("Opera", "Opera"), ("SamsungBrowser", "Samsung Internet"),
            ("Vivaldi", "Vivaldi"), ("YaBrowser", "Yandex Browser"), ("UCBrowser", "UC Browser"),
            ("HuaweiBrowser", "Huawei Browser"), ("MiuiBrowser", "Mi Browser"), ("DuckDuckGo", "DuckDuckGo"),
            ("Ddg", "DuckDuckGo"), ("Brave", "Brave"), ("Epiphany", "GNOME Web"), ("Focus", "Firefox Focus"),
            ("FxiOS", "Firefox"), ("SeaMonkey", "SeaMonkey"), ("Firefox", "Firefox"), ("CriOS", "Chrome"),
            ("Chromium", "Chromium"), ("Electron", "An app"), ("HeadlessChrome", "Chrome"),
            ("Trident", "Internet Explorer"), ("Chrome", "Chrome"), ("SomethingElse", "Safari"),
        ])
    func words(_ word: String, _ name: String) {
        #expect(UserAgentName("\(Self.mac) \(Self.webKit) \(word)/1.0 Safari/537.36").description == "\(name) on macOS")
    }

    @Test(
        "The word of a system is its name",
        arguments: [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("iPod", "iPod touch"), ("Xbox", "Xbox"),
            ("PlayStation", "PlayStation"), ("Nintendo", "Nintendo"), ("CrOS", "ChromeOS"), ("Tizen", "a television"),
            ("Web0S", "a television"), ("KAIOS", "KaiOS"), ("Android", "Android"), ("Windows", "Windows"),
            ("Macintosh", "macOS"), ("FreeBSD", "FreeBSD"), ("OpenBSD", "OpenBSD"), ("Linux", "Linux"),
            ("Darwin", "an Apple device"),
        ])
    func systems(_ word: String, _ name: String) {
        for text in [word, word + "/7"] {
            #expect(UserAgentName("Mozilla/5.0 (\(text); x) Firefox/145.0").description == "Firefox on \(name)")
        }
        #expect(UserAgentName("Mozilla/5.0 (\(word)x) Firefox/145.0").system == nil)
    }

    @Test(
        "Programs, apps and crawlers have the name that they give themselves",
        arguments: [
            ("0a9Z-.z_A/1", "0a9Z-.z_A"), ("Z/1", "Z"), ("z1/1", "z1"), ("A/1", "A"), ("1a/1", "1a"),
            ("curl/8.14.1", "curl"), ("Wget/1.25.0", "Wget"),
            ("python-requests/2.32.5", "python-requests"),
            ("Python/3.13 aiohttp/3.12.15", "Python"), ("Go-http-client/2.0", "Go-http-client"),
            ("okhttp/5.1.0", "okhttp"), ("PostmanRuntime/7.49.0", "PostmanRuntime"), ("node", "node"),
            ("Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9 Build/AP4A)", "Dalvik on Android"),
            ("Leaf/42 CFNetwork/3826.600.41 Darwin/24.6.0", "Leaf on an Apple device"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
            (
                "\(android) \(webKit) Chrome/142.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com)",
                "Googlebot on Android"
            ),
            ("Mozilla/5.0 \(webKit); compatible; GPTBot/1.3; +https://openai.com/gptbot", "GPTBot"),
            ("Googlebot-Image/1.0", "Googlebot-Image"),
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding"),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit"),
            ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", "Baiduspider"),
            ("Mozilla/5.0 (compatible; PriceCrawler/1.0; +https://prices.example)", "PriceCrawler"),
        ])
    func programs(_ field: String, _ name: String) {
        #expect(UserAgentName(field).description == name)
    }

    @Test(
        "What names nothing is unknown, and markup and control characters are never part of a name",
        arguments: [
            (nil, "An unknown device"), ("", "An unknown device"), ("   ", "An unknown device"),
            ("Mozilla/5.0", "An unknown device"), ("Mozilla/5.0 (Windows NT 10.0)", "An unknown program on Windows"),
            ("<script>alert(1)</script>/1.0", "An unknown device"), ("\"><img src=x>/1", "An unknown device"),
            ("Fire\u{0}fox/1", "Fire"), ("\u{1b}[31mred/1", "31mred"), ("a\r\nSet-Cookie: x=1", "a"),
            ("Füchslein/1.0", "F"), ("%E8%B4%AD/1 Darwin/24.6.0", "An unknown program on an Apple device"),
            ("1.2.3.4", "An unknown device"), ("/", "An unknown device"), ("bot", "bot"),
            ("a@/1", "An unknown device"), ("a`/1", "An unknown device"), ("a{/1", "An unknown device"),
            ("a:1/1", "An unknown device"), ("!a/1", "An unknown device"), ("a~/1", "An unknown device"),
            ("[/1", "An unknown device"), ("{1/1", "An unknown device"), ("`1/1", "An unknown device"),
            ("a+b/1", "An unknown device"),
            ("Mozilla/5.0 (compatible; <b>bot/1)", "An unknown device"), ("Mozilla/5.0 bot", "An unknown device"),
        ])
    func garbage(_ field: String?, _ name: String) {
        #expect(UserAgentName(field).description == name)
    }

    @Test("A program's name takes 40 characters, and a field 512 bytes, to the byte")
    func bounds() {
        let longest = String(repeating: "x", count: 40)
        #expect(UserAgentName(longest + "/1").product == longest)
        #expect(UserAgentName(longest + "x/1").product == nil)
        let start = "Mozilla/5.0 (X11; Linux) "
        for (count, product) in [(512 - start.utf8.count - 8, "Firefox"), (512 - start.utf8.count - 7, nil)] {
            let field = start + String(repeating: " ", count: count) + "Firefox/145.0"
            #expect(UserAgentName(field).product == product)
            #expect(UserAgentName(field).system == "Linux")
        }
        #expect(UserAgentName(String(repeating: "Mozilla/5.0 ", count: 1_000_000)).description == "An unknown device")
    }
}
