/// Some of the sessions that a query asked for.
public struct SessionPage: Sendable {
    /// The live records, in the store's own order.
    public var records: [SessionRecord]
    /// The cursor of the next page; `nil` after the last one.
    ///
    /// A page with a `next` may be short or even empty.
    public var next: String?

    /// Makes a page, as a store does.
    public init(records: [SessionRecord], next: String?) {
        self.records = records
        self.next = next
    }
}
