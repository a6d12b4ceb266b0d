import Sessions
import Testing

@Suite("The names of events", .timeLimit(.minutes(10))) struct SessionEventTests {
    private static let kinds: [(SessionEvent.Kind, String)] = [
        (.newSessionRefused, "newSessionRefused"), (.created, "created"), (.signedIn, "signedIn"),
        (.signInRefused, "signInRefused"), (.newDevice, "newDevice"), (.steppedUp, "steppedUp"),
        (.handedOver, "handedOver"), (.renewed, "renewed"), (.ended(.signedOut), "ended.signed-out"),
        (.ended(.limit), "ended.limit"), (.theftSuspected, "theftSuspected"),
        (.tokenRefused(.unknown), "tokenRefused.unknown"), (.insecureTransport, "insecureTransport"),
        (.forgeryRefused(.crossSite), "forgeryRefused.crossSite"),
        (.forgeryReported(.crossSite), "forgeryReported.crossSite"),
        (.writeRefused(.superseded), "writeRefused.superseded"), (.attributeUnreadable, "attributeUnreadable"),
        (.recordUnreadable, "recordUnreadable"), (.storeFailed, "storeFailed"),
        (.operatorActed(.endedSession), "operatorActed.endedSession"), (.operatorRefused, "operatorRefused"),
    ]

    @Test("Dashboards count by the names that docs/configuration.md lists, so none changes")
    func names() throws {
        let page = try Repository.text(of: "docs/configuration.md")
        for (kind, name) in Self.kinds {
            #expect(kind.name == name && "\(kind)" == name)
            #expect(page.contains("`\(name)`"), "docs/configuration.md doesn't name \(name)")
        }
        #expect(Set(Self.kinds.map(\.0)).count == 21)
    }
}
