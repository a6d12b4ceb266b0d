import Testing

@testable import Sessions

@Suite("A session's attributes", .timeLimit(.minutes(10))) struct SessionAttributesTests {
    private static func attributes(_ names: [String]) -> [SessionAttributes.Attribute] {
        names.enumerated().map { .init(name: $1, json: "\($0)", revision: UInt64($0 + 1)) }
    }

    private static func texts(_ attributes: SessionAttributes) -> [String] {
        attributes.map { "\($0.name)=\($0.json)@\($0.revision)" }
    }

    /// The two of é are one to Swift's equality, and two to every database.
    private static let inOrder = ["", "a", "a10", "a9", "aa", "b", "e\u{301}", "z", "é", "ﬁ", "🦊"]

    @Test("They are in the order of their bytes, whatever order a store has")
    func attributesAreInTheOrderOfTheirBytes() {
        #expect(
            Self.inOrder.map { Array($0.utf8) }.elementsEqual(
                Self.inOrder.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }))
        let byLength = Self.inOrder.sorted { $0.utf8.count < $1.utf8.count }
        for names in [Self.inOrder, Self.inOrder.reversed(), byLength] {
            let attributes = SessionAttributes(Self.attributes(names))
            #expect(attributes.names.map { Array($0.utf8) } == Self.inOrder.map { Array($0.utf8) })
            for (number, name) in names.enumerated() {
                #expect(attributes[name]?.json == "\(number)")
                #expect(attributes.revision(of: name) == UInt64(number + 1))
            }
            for name in ["A", "a1", "a100", "ab", "e", "zz", "🦊🦊"] { #expect(attributes[name] == nil) }
        }
    }

    @Test("Of two with one name the later one counts, in any order")
    func theLaterOfTwoCounts() {
        #expect(Self.texts(SessionAttributes(Self.attributes(["a", "a"]))) == ["a=1@2"])
        #expect(Self.texts(SessionAttributes(Self.attributes(["b", "a", "b", "a", "a"]))) == ["a=4@5", "b=2@3"])
        #expect(Self.texts(SessionAttributes(Self.attributes(["a", "b", "a"]))) == ["a=2@3", "b=1@2"])
    }

    @Test("Setting and removing keep the order")
    func settingAndRemovingKeepTheOrder() {
        var attributes = SessionAttributes()
        for attribute in Self.attributes(["b", "d", "a", "c", "b"]) { attributes.set(attribute) }
        #expect(Self.texts(attributes) == ["a=2@3", "b=4@5", "c=3@4", "d=1@2"])
        attributes.remove("c")
        attributes.remove("x")
        #expect(Self.texts(attributes) == ["a=2@3", "b=4@5", "d=1@2"])
        // Of two spellings that are one to Swift's equality, the one that is meant goes.
        for name in ["é", "e\u{301}"] { attributes.set(.init(name: name, json: "1", revision: 6)) }
        attributes.remove("é")
        #expect(attributes.names.map { Array($0.utf8) } == ["a", "b", "d", "e\u{301}"].map { Array($0.utf8) })
    }
}
