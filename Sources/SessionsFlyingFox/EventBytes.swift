#if FlyingFox
    import FlyingSocks

    /// The news of an open page as FlyingFox takes a body: each event as it comes, in one piece.
    struct EventBytes: AsyncBufferedSequence {
        let events: AsyncStream<[UInt8]>

        func makeAsyncIterator() -> Iterator { Iterator(events: events.makeAsyncIterator()) }

        struct Iterator: AsyncBufferedIteratorProtocol {
            fileprivate var events: AsyncStream<[UInt8]>.Iterator
            /// What was asked for byte by byte, of the event that came last.
            private var rest: ArraySlice<UInt8> = []

            fileprivate init(events: AsyncStream<[UInt8]>.Iterator) {
                self.events = events
            }

            mutating func next() async -> UInt8? {
                if rest.isEmpty { rest = await events.next()?[...] ?? [] }
                return rest.popFirst()
            }

            mutating func nextBuffer(suggested count: Int) async -> [UInt8]? {
                guard rest.isEmpty else {
                    defer { rest = [] }
                    return Array(rest)
                }
                return await events.next()
            }
        }
    }
#endif
