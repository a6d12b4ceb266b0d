/// Some of the sessions that a query asked for.
public struct SessionPage: Sendable {
    public var records: [SessionRecord]
    /// Where to go on; `nil` after the last page. A page with a `next` may be short or even empty.
    public var next: String?

    public init(records: [SessionRecord], next: String?) {
        self.records = records
        self.next = next
    }
}
