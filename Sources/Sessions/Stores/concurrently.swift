/// Does `work` for each item, a few at a time, and returns what came of it in the order of the items.
///
/// - Parameter limit: how many are under way at once, at most
package func concurrently<Item: Sendable, Answer: Sendable>(
    _ items: [Item], atMost limit: Int, _ work: @escaping @Sendable (Item) async throws(SessionError) -> Answer
) async -> [Result<Answer, SessionError>] {
    await withTaskGroup(of: (Int, Result<Answer, SessionError>).self) { group in
        var results = [Result<Answer, SessionError>?](repeating: nil, count: items.count)
        for (index, item) in items.enumerated() {
            if index >= limit, let (done, result) = await group.next() { results[done] = result }
            group.addTask {
                do throws(SessionError) {
                    return (index, .success(try await work(item)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        for await (done, result) in group { results[done] = result }
        return results.map { $0! }
    }
}
