import Sessions

extension StoreKind {
    static let memory = StoreKind(
        schemes: ["memory"], forms: ["memory"], trait: "", address: MemoryAddress.self)
}

struct MemoryAddress: StoreAddress {
    init(url: String) throws(SessionError) {
        guard url == "memory" else {
            throw SessionError(.configuration, "the memory store takes no address: write memory alone")
        }
    }

    var description: String { "memory" }

    func open(limits: SessionLimits, onlyExisting: Bool) async throws(SessionError) -> any SessionStore {
        guard !onlyExisting else {
            throw SessionError(
                .configuration,
                "a memory store is inside its server, where no other program can reach it; name the store of a server that has another one"
            )
        }
        return MemorySessionStore(limits: limits)
    }
}
