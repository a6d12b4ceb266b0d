import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("Values of another release", .timeLimit(.minutes(10)))
struct UnreadableTests {
    private struct Line: Codable, Sendable, Equatable {
        var product: String
        var quantity: Int
    }

    private struct Order: Codable, Sendable, Equatable {
        var lines: [Line]
        var notes: [String: Int]
        var code: String?
    }

    /// An object: what is changed through one reference is changed for all.
    private final class Basket: Codable, Sendable {
        let items: Mutex<[String]>

        init(_ items: [String]) { self.items = Mutex(items) }

        init(from decoder: any Decoder) throws {
            items = Mutex(try decoder.singleValueContainer().decode([String].self))
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(items.withLock { $0 })
        }
    }

    private final class Events: Sendable {
        let kept = Mutex<[SessionEvent]>([])
        var unreadable: [SessionEvent] { kept.withLock { $0.filter { $0.kind == .attributeUnreadable } } }
    }

    private func visitor(_ events: Events, storing json: String, as name: String = "cart") async throws -> Visitor {
        let store = MemorySessionStore()
        let manager = try SessionManager(
            store: store, observers: [SessionEventHandler { event in events.kept.withLock { $0.append(event) } }])
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.init(name), to: 1) }
        let id = try #require(try await visitor.look().id)
        var changes = SessionChanges(expectedGeneration: 1)
        changes.attributes[name] = .set(json: json)
        guard case .committed = try await store.commit(changes, to: id, at: manager.clock.now) else {
            Issue.record("not committed")
            return visitor
        }
        return visitor
    }

    @Test("A key without a rule fails, with an event; setting, removing and taking part in other things work")
    func fails() async throws {
        let events = Events()
        let visitor = try await visitor(events, storing: "[1]")
        let key: SessionKey<[String: Int]> = "cart"
        try await visitor.visit { (session: Session) async throws in
            let read = #expect(throws: SessionError.self) { try session.value(key) }
            #expect(read?.code == .corrupt)
            let update = await #expect(throws: SessionError.self) {
                try await session.update(key, default: [:]) { $0["a"] = 1 }
            }
            #expect(update?.code == .corrupt)
        }
        #expect(events.unreadable.count == 2)
        #expect(events.unreadable.allSatisfy { $0.error?.code == .corrupt && $0.id != nil })
        #expect(events.unreadable.first?.kind.name == "attributeUnreadable")
        let response = try await visitor.visit { try $0.set(key, to: ["b": 2]) }
        #expect(response.error == nil)
        var value: [String: Int]?
        try await visitor.visit { value = try $0.value(key) }
        #expect(value == ["b": 2])
    }

    @Test("A key that starts afresh finds nothing, updates from the default, and leaves what is stored until then")
    func startsAfresh() async throws {
        let events = Events()
        let visitor = try await visitor(events, storing: "[1]")
        let key = SessionKey<[String: Int]>("cart", whenUnreadable: .startAfresh)
        try await visitor.visit { (session: Session) async throws in
            #expect(try session.value(key) == nil)
            #expect(try session.value(key, default: ["d": 1]) == ["d": 1])
            #expect(try await session.take(key) == nil)
        }
        #expect(events.unreadable.count == 3)
        var old: [Int]?
        try await visitor.visit { old = try $0.value(.init("cart")) }
        #expect(old == [1])
        try await visitor.visit { (session: Session) async throws in
            #expect(try await session.update(key, default: [:]) { $0["a", default: 0] += 1 } == ["a": 1])
            #expect(try session.value(key) == ["a": 1])
        }
    }

    @Test("A key that converts reads the older type, and the next write stores the new one; neither is an event")
    func converts() async throws {
        let events = Events()
        let visitor = try await visitor(events, storing: "[{\"product\":\"tea\",\"quantity\":2}]")
        let key = SessionKey<[String: Int]>(
            "cart",
            whenUnreadable: .convert(from: [Line].self) { lines in
                Dictionary(lines.map { ($0.product, $0.quantity) }) { $0 + $1 }
            })
        for _ in 0..<2 {
            try await visitor.visit { (session: Session) async throws in
                #expect(try session.value(key) == ["tea": 2])
                // Read under another rule, it is still what was stored.
                #expect(throws: SessionError.self) { try session.value(SessionKey<[String: Int]>("cart")) }
            }
        }
        #expect(events.unreadable.count == 2)
        try await visitor.visit { try await $0.update(key, default: [:]) { $0["cup"] = 1 } }
        var value: [String: Int]?
        try await visitor.visit { value = try $0.value(SessionKey("cart")) }
        #expect(value == ["tea": 2, "cup": 1])
    }

    @Test("What can't be converted either fails, without the value that stood in the way")
    func unconvertible() async throws {
        struct Refusal: Error { let value = "ada@example.org" }
        let events = Events()
        let visitor = try await visitor(events, storing: "[1]")
        let keys = [
            SessionKey<String>("cart", whenUnreadable: .convert(from: [String: Int].self) { _ in "" }),
            SessionKey<String>("cart", whenUnreadable: .convert(from: [Int].self) { _ in throw Refusal() }),
        ]
        try await visitor.visit { (session: Session) async throws in
            for key in keys {
                let error = #expect(throws: SessionError.self) { try session.value(key) }
                #expect(error?.code == .corrupt)
                #expect(error.map { "\($0)".contains("ada@") } == false)
            }
        }
        #expect(events.unreadable.count == 2)
    }

    @Test("Errors of coding name attribute, type and position, and neither a key nor a value of the user's")
    func privacy() async throws {
        let key: SessionKey<Order> = "cart"
        for (json, words) in [
            (
                "{\"lines\":[{\"product\":\"ada@example.org\",\"quantity\":\"4111\"}],\"notes\":{}}",
                "lines.[0].quantity"
            ),
            ("{\"lines\":[],\"notes\":{\"ada@example.org\":\"4111\"}}", "notes.[…]"),
            (
                "{\"lines\":[{\"product\":\"ada@example.org\"}],\"notes\":{\"4111\":1}}",
                "no field quantity at lines.[0]"
            ),
            ("{\"lines\":[{\"product\":null,\"quantity\":4111}],\"notes\":{}}", "lines.[0].product"),
            // A key of a dictionary that reads as a number is the user's all the same.
            ("{\"lines\":[],\"notes\":{\"4111\":\"x\"}}", "no Int at notes.[…]"),
            ("{\"lines\":[],\"notes\":{\"04111\":null}}", "notes.[…]"),
            ("[\"ada@example.org\",4111]", "at its top"), ("\"ada@example.org 4111\"", "at its top"),
            ("{\"ada@example.org\":4111}", "no field lines at its top"),
        ] {
            let visitor = try await visitor(Events(), storing: json)
            try await visitor.visit { (session: Session) async throws in
                let error = try #require(#expect(throws: SessionError.self) { try session.value(key) })
                let text = "\(error) \(error.publicMessage) \(String(reflecting: error))"
                #expect(error.message.contains("\"cart\"") && error.message.contains("Order"))
                #expect(error.message.contains(words), "\(error.message)")
                #expect(!text.contains("ada") && !text.contains("4111") && !text.contains("example"), "\(text)")
            }
        }
        try await Visitor(SessionManager(store: MemorySessionStore())).visit { (session: Session) async throws in
            for name in ["ada@example.org", "4111"] {
                let error = try #require(
                    #expect(throws: SessionError.self) {
                        try session.set(SessionKey<[String: Double]>("sums"), to: [name: .infinity])
                    })
                #expect(error.code == .invalid && !"\(error)".contains(name) && !"\(error)".contains("inf"))
            }
        }
    }

    @Test("What a request changes in an object that it read stays its own, and a failed update leaves nothing")
    func objectsAreNotShared() async throws {
        struct Failure: Error {}
        let visitor = Visitor(try SessionManager(store: MemorySessionStore()))
        let key: SessionKey<Basket> = "basket", nested: SessionKey<[String: Basket]> = "nested"
        try await visitor.visit { (session: Session) async throws in
            try session.set(key, to: Basket(["tea"]))
            try session.set(nested, to: ["a": Basket(["tea"])])
        }
        func items() async throws -> [[String]] {
            var items: [[String]] = []
            try await visitor.visit { (session: Session) async throws in
                let read = [try session.value(key), try session.value(nested)?["a"]]
                items = read.compactMap { $0 }.map { $0.items.withLock { $0 } }
            }
            return items
        }
        #expect(try await items() == [["tea"], ["tea"]])
        try await visitor.visit { (session: Session) async throws in
            let basket = try #require(try session.value(key)), other = try #require(try session.value(nested)?["a"])
            for object in [basket, other] { object.items.withLock { $0.append("unset") } }
        }
        #expect(try await items() == [["tea"], ["tea"]])
        try await visitor.visit { (session: Session) async throws in
            await #expect(throws: Failure.self) {
                try await session.update(key, default: Basket([])) { basket in
                    basket.items.withLock { $0.append("failed") }
                    throw Failure()
                }
            }
        }
        #expect(try await items() == [["tea"], ["tea"]])
    }

    @Test("Only leaves and collections that are known are shared between requests")
    func shared() throws {
        func isShared<Value: Codable & Sendable>(_ value: Value) throws -> Bool {
            let cell = DecodedValue()
            var count = 0
            for _ in 0..<2 {
                _ = try cell.value(as: Value.self) { () throws(SessionError) in
                    count += 1
                    return value
                }
            }
            return count == 1
        }
        #expect(try isShared(["a": 1]) && isShared([["a": ["b"]]]) && isShared([1.5, nil]) && isShared(["a": true]))
        #expect(try isShared([FlashMessage("a")]))
        #expect(try !isShared(Basket([])) && !isShared([Basket([])]) && !isShared(["a": [Basket([])]]))
        #expect(try !isShared(Line(product: "a", quantity: 1)) && !isShared([Line(product: "a", quantity: 1)]))
    }
}
