package import Sessions
package import Testing

/// Expects `body` to throw a ``SessionError`` of this code whose text mentions all of `texts`.
package func expectError(
    _ code: SessionError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
    body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("no error, expected \(code)", sourceLocation: sourceLocation)
    } catch let error as SessionError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for text in texts { #expect("\(error)".contains(text), "\(error)", sourceLocation: sourceLocation) }
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
