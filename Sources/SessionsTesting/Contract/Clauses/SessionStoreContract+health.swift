import Sessions

extension SessionStoreContract {
    static let health: [Clause] = [
        Clause(
            "health.leaves-nothing", "A check of the store's health passes, and leaves nothing behind.", sweeps: true
        ) { bench in
            let record = try await bench.created(["a": "1"])
            try await bench.sweepAll(at: bench.now)
            for _ in 0..<3 { try await bench.store.checkHealth() }
            let result = try await bench.store.sweep(at: bench.now, limit: 1000)
            try bench.expectEqual(result.examined, 0, "the records that a sweep finds after the checks")
            try await bench.expectStored(record, "a session to be as it was")
        }
    ]
}
