/// What the callers of one transaction are told after it.
struct Outcomes: Sendable {
    /// Each resumes one task.
    private var resumptions: [@Sendable () -> Void] = []

    mutating func add(_ resumption: @escaping @Sendable () -> Void) {
        resumptions.append(resumption)
    }

    /// Tells all callers, from a thread of their own.
    ///
    /// Resumed from another thread, each would wake one of theirs, which is likely to take this one's place before it goes
    /// on: on one core that is two switches of threads a call.
    func tell() {
        if resumptions.count == 1 { return resumptions[0]() }
        Task { for resume in resumptions { resume() } }
    }
}
