import Testing

@testable import SessionsRedisClient

/// Whether and when a command is sent again.
@Suite(.timeLimit(.minutes(10))) struct RetryTests {
    private func failure(_ reason: LinkFailure.Reason, isSent: Bool) -> LinkFailure {
        LinkFailure(reason: reason, isSent: isSent, message: "no answer")
    }

    @Test("A write is sent again only where it is known not to have been applied, and a read after a loss too")
    func whatMayBeRepeated() {
        let (read, write) = (
            RedisCommand("GET", key: [], effect: .read), RedisCommand("SET", key: [], effect: .write)
        )
        for reason in [LinkFailure.Reason.disconnected, .released, .closed] {
            #expect(Retry.mayRepeat(write, after: failure(reason, isSent: false)))
            #expect(!Retry.mayRepeat(write, after: failure(reason, isSent: true)))
            #expect(Retry.mayRepeat(read, after: failure(reason, isSent: false)))
            #expect(Retry.mayRepeat(read, after: failure(reason, isSent: true)))
        }
        for reason in [LinkFailure.Reason.refused, .timedOut, .cancelled, .unaccepted] {
            for command in [read, write] {
                #expect(!Retry.mayRepeat(command, after: failure(reason, isSent: false)), "\(reason)")
                #expect(!Retry.mayRepeat(command, after: failure(reason, isSent: true)), "\(reason)")
            }
        }
    }

    @Test("Only errors that pass by themselves are waited for")
    func whatPasses() {
        for code in ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY"] {
            #expect(Retry.isPassing(.init("\(code) wait")), "\(code)")
        }
        for code in ["OOM", "NOAUTH", "NOPERM", "WRONGTYPE", "NOSCRIPT", "MOVED", "ASK", "ERR", "MISCONF", ""] {
            #expect(!Retry.isPassing(.init("\(code) no")), "\(code)")
        }
    }

    @Test("There is no pause that the deadline would come before, nor one of a cancelled caller")
    func noPauseOutlastsTheDeadline() async {
        // 10 ms of pause and 100 ms for the attempt are the least.
        for time in [Duration.zero, .milliseconds(-1), .milliseconds(109)] {
            var retry = Retry(deadline: .now + time)
            #expect(await !retry.pause())
        }
        var retry = Retry(deadline: .now + .seconds(600))
        #expect(await retry.pause())
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            var retry = Retry(deadline: .now + .seconds(600))
            return await retry.pause()
        }
        #expect(await !cancelled.value)
    }

    @Test(
        "The first pause is 10 to 20 ms, each next one is twice as long, and the fourth and later ones are 80 to 160 ms"
    )
    func pausesAreStated() {
        for _ in 0..<100 {
            var retry = Retry(deadline: .now)
            for shortest in [10, 20, 40, 80, 80, 80] {
                let pause = retry.nextPause()
                #expect(.milliseconds(shortest) <= pause && pause <= .milliseconds(2 * shortest))
            }
        }
    }

    @Test("Pauses grow, so that a second has room for few attempts")
    func pausesGrow() async {
        var retry = Retry(deadline: .now + .milliseconds(1100))
        var pauses = 0
        while await retry.pause() { pauses += 1 }
        // 10, 20 and 40 ms at least, then 80 each. Without growth there would be 50 or more.
        #expect(pauses <= 14)
    }

    @Test("A failure says in words whether its command may have been applied")
    func theOutcomeIsTold() {
        #expect("\(RedisFailure(.unknown, "no answer"))" == "no answer (the command may have been applied)")
        #expect("\(RedisFailure(.notApplied, "no answer"))" == "no answer")
    }

    @Test("A deadline that came after other trouble tells of the trouble")
    func theReasonIsTold() {
        var retry = Retry(deadline: .now)
        #expect(retry.ending(with: failure(.timedOut, isSent: true)).message == "no answer")
        retry.note(RedisServerError("LOADING wait", server: "here:1"))
        let ending = retry.ending(with: failure(.timedOut, isSent: true))
        #expect(ending.message == "no answer; before that: Redis at here:1: LOADING wait")
        #expect(ending.outcome == .unknown)
        #expect(retry.ending(with: failure(.disconnected, isSent: false)).message == "no answer")
        #expect(retry.ending(with: failure(.disconnected, isSent: false)).outcome == .notApplied)
    }
}
