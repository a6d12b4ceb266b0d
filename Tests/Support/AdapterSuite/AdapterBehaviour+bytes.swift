import SessionsTesting
import ShopDriver
import Testing

extension AdapterBehaviour {
    static let bytes = [
        AdapterBehaviour(
            "R-13, CP-8: each byte at any place of a cookie leaves the request its own session or none, and no 500"
        ) { shop, visitor in
            try await visitor.post("/n")
            let cookie = Array("__Host-Http-visitor=\(try #require(visitor.browser.visitorToken))".utf8)
            var cases: [(place: Int, byte: UInt8)] = []
            // The first of the name, `=`, the first of the token, of its ID the last, one of its family, the last.
            let places = [0, 19, 20, 41, 52, 83]
            for place in places { for byte in UInt8.min...UInt8.max { cases.append((place, byte)) } }
            // Another letter at the end is another step of the same secret: that is theft, and ends the session.
            cases.removeAll { place, byte in place == 83 && isLetterOfTokens(byte) && byte != cookie[place] }
            let requests = cases.map { place, byte in
                var cookie = cookie
                cookie[place] = byte
                return get("/n", cookies: [Array("theme=dark; ".utf8) + cookie + Array("; lang=en".utf8)])
            }
            let answers = try await RawClient.answers(to: requests, from: visitor.address)
            for ((place, byte), answer) in zip(cases, answers) {
                let isItself = cookie[place] == byte
                let isFine = answer?.status == 200 && answer?.body == (isItself ? "1" : "0")
                // A server may refuse what is no text; it must take the rest.
                #expect(
                    isFine && answer?.setsCookie == false || (!isText(byte) && isRefusal(answer)),
                    "byte \(byte) at \(place): \(String(describing: answer))")
            }
            #expect(cookie.count == 84 && answers.count == 6 * 256 - 63)
            #expect(answers.count { $0?.body == "1" } == 6)
            #expect(try await visitor.get("/n").body == "1")
            #expect(shop.log.lines == [])
        },
        AdapterBehaviour("CP-5: each byte in a neighbour's name and value hides no session, and no 500") { _, visitor in
            try await visitor.post("/n")
            let cookie = Array("__Host-Http-visitor=\(try #require(visitor.browser.visitorToken))".utf8)
            var cases: [(shape: Int, byte: UInt8)] = []
            for shape in 0..<4 { for byte in UInt8.min...UInt8.max { cases.append((shape, byte)) } }
            let requests = cases.map { shape, byte in
                let neighbours = [
                    Array("a=b".utf8) + [byte] + Array("c; ".utf8), Array("a".utf8) + [byte] + Array("b=c; ".utf8),
                    [byte] + Array("; ".utf8), Array("a=".utf8) + [byte, byte] + Array("; ".utf8),
                ]
                return get("/n", cookies: [neighbours[shape] + cookie + Array("; ".utf8) + neighbours[shape]])
            }
            let answers = try await RawClient.answers(to: requests, from: visitor.address)
            for ((shape, byte), answer) in zip(cases, answers) {
                let isFound = answer?.status == 200 && answer?.body == "1"
                // A line's end within the field cuts off what stands behind it.
                let isCut = answer?.status == 200 && answer?.body == "0" && (byte == 0x0a || byte == 0x0d)
                #expect(
                    isFound || (!isText(byte) && (isCut || isRefusal(answer))),
                    "byte \(byte) in \(shape): \(String(describing: answer))")
            }
            #expect(answers.count == 4 * 256)
        },
    ]

    private static func get(_ path: String, cookies: [[UInt8]]) -> [UInt8] {
        var request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n".utf8)
        for cookie in cookies { request += Array("Cookie: ".utf8) + cookie + Array("\r\n".utf8) }
        return request + Array("\r\n".utf8)
    }

    /// Whether HTTP allows a byte in a field's value, old text in other encodings left out.
    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || (0x20...0x7e).contains(byte) }

    /// Whether base64url has it.
    private static func isLetterOfTokens(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isRefusal(_ answer: RawClient.Answer?) -> Bool {
        guard let answer else { return true }
        return [400, 413, 431].contains(answer.status) && !answer.setsCookie
    }
}
