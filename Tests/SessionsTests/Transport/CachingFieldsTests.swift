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
            (["private", "no-store"], ["private", "no-store"]),
        ])
    func cacheControl(_ own: [String], _ expected: [String]) {
        let fields = applied(to: own.map { (.cacheControl, $0) })
        #expect(fields.cacheControl == expected && fields.vary == ["Cookie"])
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
