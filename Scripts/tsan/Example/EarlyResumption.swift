import Glibc

// What the thread sanitizer says of a continuation that a thread resumes before its task waits (`early`), or after (`late`).
// The first is reported as a race, which it isn't, unless the stand-ins of the folder above are compiled in:
//
//     swiftc -swift-version 6 -parse-as-library -sanitize=thread EarlyResumption.swift -o plain && ./plain early
//     swiftc -swift-version 6 -parse-as-library -sanitize=thread EarlyResumption.swift ../*.swift -o seen && ./seen early

final class Answer: @unchecked Sendable {
    var value = 0
}

/// Resumes from a thread of its own.
final class Resumption {
    let continuation: CheckedContinuation<Answer, Never>
    let pause: UInt32

    init(_ continuation: CheckedContinuation<Answer, Never>, after pause: UInt32) {
        self.continuation = continuation
        self.pause = pause
    }

    func start() {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                let resumption = Unmanaged<Resumption>.fromOpaque(argument!).takeRetainedValue()
                usleep(resumption.pause)
                let answer = Answer()
                answer.value = 3
                resumption.continuation.resume(returning: answer)
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }
}

@main struct EarlyResumption {
    static func main() async {
        let isEarly = CommandLine.arguments.last == "early"
        let answer = await withCheckedContinuation { continuation in
            Resumption(continuation, after: isEarly ? 0 : 100_000).start()
            if isEarly { usleep(100_000) }
        }
        print(isEarly ? "early:" : "late:", answer.value)
    }
}
