/// Some of the sessions that a query asked for.
public struct SessionPage: Sendable {
    /// The live records, in the store's own order.
    public var records: [SessionRecord]
    /// The sessions that the query may have asked for and whose records can't be read.
    public var unreadable: [SessionID]
    /// The cursor of the next page; `nil` after the last one.
    ///
    /// A page with a `next` may be short or even empty.
    public var next: String?

    /// Makes a page, as a store does.
    public init(records: [SessionRecord], unreadable: [SessionID] = [], next: String?) {
        self.records = records
        self.unreadable = unreadable
        self.next = next
    }
}
