import Synchronization

/// Runs the jobs of its tasks one at a time, on the caller's thread, and only when it is told to.
final class StepExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs until every task has ended or is parked.
    func runUntilParked() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

/// Which request of the simulation the running task belongs to, from 1; 0 for the simulation itself.
enum Actor {
    @TaskLocal static var number = 0
}
