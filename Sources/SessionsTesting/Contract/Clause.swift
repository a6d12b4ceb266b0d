public import Sessions

extension SessionStoreContract {
    /// One requirement that a store keeps or breaks.
    public struct Clause: Sendable {
        /// Topic and requirement in short, such as `creation.refuses-taken-id`.
        public let name: String
        /// The sentence that says what a store must do.
        public let requirement: String
        private let sweeps: Bool
        private let check: @Sendable (Bench) async throws -> Void

        /// - Parameters:
        ///   - sweeps: whether the check sweeps the store; such checks take turns and live in a time of their own
        init(
            _ name: String, _ requirement: String, sweeps: Bool = false,
            check: @escaping @Sendable (Bench) async throws -> Void
        ) {
            self.name = name
            self.requirement = requirement
            self.sweeps = sweeps
            self.check = check
        }

        /// Checks a store, and returns if it keeps this clause.
        ///
        /// - Parameter store: a store made for tests
        /// - Throws: ``ContractViolation``, also where the store threw an error instead of answering
        public func verify(_ store: any SessionStore) async throws {
            if sweeps {
                let moment = await SweepTurn.shared.take()
                defer { SweepTurn.shared.giveBack() }
                try await run(on: store, at: moment)
            } else {
                try await run(on: store, at: Bench.usualMoment)
            }
        }

        private func run(on store: any SessionStore, at now: Timestamp) async throws {
            do {
                try await check(Bench(store: store, limits: store.limits, clause: self, now: now))
            } catch let error as SessionError {
                throw ContractViolation(clause: name, expected: requirement, seen: "the store threw \(error)")
            }
        }
    }
}

extension SessionStoreContract.Clause: CustomStringConvertible {
    /// The name of the clause.
    public var description: String { name }
}
