#if Postgres
    /// How calls are gathered.
    struct GatheringManner: Sendable {
        /// Calls that go at a time, alone or together.
        var places = 4
        /// Calls that go together, if so many wait, although a place is free beside theirs.
        var fewTogether = 8
        /// Calls that go together at most.
        var maximumTogether = 64
        /// What calls that go together add to their statement at most; a larger one goes without others.
        var maximumBytes = 1 << 20
        /// Calls that wait at most; further ones are refused.
        var maximumWaiting = 10_000
        /// How long a call that is under way keeps its place.
        var patience = Duration.milliseconds(20)
        /// Whether a call goes by itself where a place is free; otherwise each is one of a group, be it the only one.
        var goesAlone = true

        /// How many of those that wait go next, where what waits is shared among the places that are free.
        func share(of waiting: Int, amongFree free: Int) -> Int {
            min(max((waiting + free - 1) / free, fewTogether), maximumTogether, waiting)
        }
    }
#endif
