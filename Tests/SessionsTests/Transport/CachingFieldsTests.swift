import HTTPTypes
import Testing

@testable import Sessions

@Suite("CACHE-1, A-14.3.2: a page that used a session is in no cache", .timeLimit(.minutes(10)))
struct CachingFieldsTests {
    private func applied(
        to own: [(HTTPField.Name, String)], varying: [HTTPField.Name] = [.cookie]
    ) -> (cacheControl: [String], vary: [String]) {
        var fields = HTTPFields()
        for (name, value) in own { fields.append(HTTPField(name: name, value: value)) }
        CachingFields(varying: varying).apply(to: &fields)
        return (fields[values: .cacheControl], fields[values: .vary])
    }

    @Test("A handler that says nothing of caches gets no-store and Vary")
    func none() {
        let fields = applied(to: [(.contentType, "text/html")])
        #expect(fields.cacheControl == ["no-store"] && fields.vary == ["Cookie"])
    }

    @Test(
        "A handler's own Cache-Control is kept only where it says no-store itself",
        arguments: [
            (["public"], ["no-store"]), (["public, max-age=31536000, immutable"], ["no-store"]), ([""], ["no-store"]),
            (["private"], ["no-store"]), (["no-cache"], ["no-store"]), (["public", "max-age=60"], ["no-store"]),
            (["no-store"], ["no-store"]), (["private, No-Store"], ["private, No-Store"]),
            (["private", "no-store"], ["private", "no-store"]), (["max-age=0 , no-store"], ["max-age=0 , no-store"]),
            // A cache that knows this directive and the status leaves no-store aside (RFC 9111, 5.2.2.3).
            (["must-understand, no-store, public, max-age=60"], ["no-store"]),
            (["no-store", "Must-Understand, max-age=60"], ["no-store"]),
            (["public, ext=\"no-store\""], ["no-store"]), (["public, x-no-store"], ["no-store"]),
            (["public, no-store=0"], ["no-store"]), (["no-store, ext=\"open"], ["no-store"]),
        ])
    func cacheControl(_ own: [String], _ expected: [String]) {
        let fields = applied(to: own.map { (.cacheControl, $0) })
        #expect(fields.cacheControl == expected && fields.vary == ["Cookie"])
    }

    @Test(
        "What some caches believe before Cache-Control is taken out, whoever they are",
        arguments: [
            "CDN-Cache-Control", "cdn-cache-control", "Cloudflare-CDN-Cache-Control", "Netlify-CDN-Cache-Control",
            "Surrogate-Control", "Edge-Control", "X-Accel-Expires",
        ])
    func targeted(_ name: String) throws {
        let name = try #require(HTTPField.Name(name))
        var fields: HTTPFields = [.cacheControl: "no-store", .contentType: "text/html"]
        fields.append(HTTPField(name: name, value: "max-age=60"))
        fields.append(HTTPField(name: name, value: "public"))
        CachingFields(varying: [.cookie]).apply(to: &fields)
        #expect(fields == [.cacheControl: "no-store", .contentType: "text/html", .vary: "Cookie"])
        // A page that caches may keep has its own.
        fields[name] = "max-age=60"
        CachingFields(varying: [.cookie]).applyVary(to: &fields)
        #expect(fields[name] == "max-age=60")
    }

    @Test(
        "A handler's own Vary gets what is missing, once",
        arguments: [
            (["Accept"], ["Accept, Cookie"]), (["cookie"], ["cookie"]),
            (
                ["Accept-Encoding, COOKIE"],
                ["Accept-Encoding, COOKIE"]
            ),
            (["Accept", "Cookie"], ["Accept", "Cookie"]), (["Accept", "Origin"], ["Accept, Origin, Cookie"]),
            (["*"], ["*"]), (["Accept, *"], ["Accept, *"]), (["Cookie2"], ["Cookie2, Cookie"]),
        ])
    func vary(_ own: [String], _ expected: [String]) {
        let fields = applied(to: own.map { (.vary, $0) })
        #expect(fields.vary == expected && fields.cacheControl == ["no-store"])
    }

    @Test("What several carriers read is named in their order, and only what is missing is added")
    func several() {
        let varying: [HTTPField.Name] = [.authorization, .cookie]
        #expect(applied(to: [], varying: varying).vary == ["Authorization, Cookie"])
        #expect(applied(to: [(.vary, "Cookie")], varying: varying).vary == ["Cookie, Authorization"])
        #expect(applied(to: [(.vary, "Accept")], varying: varying).vary == ["Accept, Authorization, Cookie"])
        #expect(applied(to: [(.vary, "authorization,cookie")], varying: varying).vary == ["authorization,cookie"])
        #expect(applied(to: [], varying: []).vary == [])
        #expect(applied(to: [(.vary, "Accept")], varying: []).vary == ["Accept"])
    }
}
