import ArgumentParser
import Foundation
import Sessions
import SessionsStores

/// Which store a command works on, and how it answers.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store: \(StoreOptions.forms). SESSIONS_STORE names it where this is left out.",
            valueName: "url"))
    var store: String?
    @Flag(help: "Print JSON, for scripts.")
    var json = false

    var output: Output { Output(isJSON: json) }

    static let variable = "SESSIONS_STORE"
    /// A memory store is inside its server, so it isn't among them.
    static let forms = SessionStoreURL.forms.filter { $0 != "memory" }.joined(separator: ", ")

    /// The URL of the option or of the environment.
    func url() throws -> SessionStoreURL {
        if let store { return try Self.url(store, named: "--store") }
        if let store = ProcessInfo.processInfo.environment[Self.variable] {
            return try Self.url(store, named: Self.variable)
        }
        throw Failure(.usage, "no store is named; write --store URL or set \(Self.variable): \(Self.forms)")
    }

    static func url(_ text: String, named name: String) throws -> SessionStoreURL {
        do throws(SessionError) {
            return try SessionStoreURL(text)
        } catch {
            throw Failure(.configuration, "\(name): \(error.message)")
        }
    }

    /// Opens the store, and closes it when `body` has come to its end.
    func withStore(_ body: (any SessionStore) async throws -> Void) async throws {
        let store = try await url().open(onlyExisting: true)
        do {
            try await body(store)
        } catch {
            try? await store.close()
            throw error
        }
        try await store.close()
    }
}

/// The application whose sessions a command looks at.
struct RealmOption: ParsableArguments {
    @Option(help: "Only the sessions of this application, where several share the store.")
    var realm: String?

    func parsed() throws -> Realm? {
        do throws(SessionError) {
            return try realm.map { name throws(SessionError) in try Realm(name) }
        } catch {
            throw Failure(.usage, "--realm: \(error.message)")
        }
    }

    func scope() throws -> SessionQuery.Scope { try parsed().map { .realm($0) } ?? .all }
}

extension Principal {
    /// The principal of an option.
    init(option name: String) throws {
        do throws(SessionError) {
            self = try Principal(name)
        } catch {
            throw Failure(.usage, "--principal: \(error.message)")
        }
    }
}
