#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Stands in for `Synchronization.Mutex`, which the thread sanitizer doesn't see on Linux, where it is made of the kernel's
/// futexes: a lock of POSIX threads, which it knows.
struct Mutex<Value>: ~Copyable, @unchecked Sendable {
    private final class Storage {
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

        deinit {
            value.deinitialize(count: 1)
            value.deallocate()
            pthread_mutex_destroy(lock)
            lock.deallocate()
        }
    }

    private let storage = Storage()

    init(_ value: consuming sending Value) {
        storage.value.initialize(to: value)
        storage.lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(storage.lock, nil)
    }

    borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(storage.lock)
        defer { pthread_mutex_unlock(storage.lock) }
        return try body(&storage.value.pointee)
    }
}
