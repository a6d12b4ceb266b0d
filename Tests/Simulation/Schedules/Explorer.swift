/// Runs schedules of a scenario, each from the beginning: stateless model checking.
struct Explorer {
    struct Report {
        var schedules = 0
        /// Runs cut short, because all that could come has been explored in another order.
        var cut = 0
        /// Whether every schedule was explored, up to the order of steps that don't touch each other.
        var isComplete = true
        var failure: Failure?
    }

    struct Failure: CustomStringConvertible {
        let scenario: String
        let schedule: [String]
        let problems: [String]

        /// What `SIMULATION_SCHEDULE` takes.
        var replay: String { "\(scenario) | \(schedule.joined(separator: " "))" }
        var description: String { problems.joined(separator: "\n") + "\nreplay: \(replay)" }
    }

    /// A point where something was chosen.
    private struct Choice {
        var step: Step
        /// What may happen here and was not explored yet.
        var open: [Step]
        /// What need not happen here: it was explored before a step that it has nothing to do with.
        var asleep: [Step]
    }

    let scenario: Scenario

    /// Explores all schedules, depth first, one of each set that differ only in the order of independent steps.
    ///
    /// - Parameter limit: of runs, those cut short included
    func exploreAll(limit: Int = .max) throws -> Report {
        var report = Report()
        var path: [Choice] = []
        repeat {
            let world = try World(scenario)
            for choice in path { world.take(choice.step) }
            if extend(&path, world) {
                report.schedules += 1
                report.failure = judge(world)
            } else {
                report.cut += 1
                world.abandon()
            }
            if report.failure != nil { return report }
            if report.schedules + report.cut >= limit {
                report.isComplete = path.allSatisfy(\.open.isEmpty)
                return report
            }
        } while turn(&path)
        return report
    }

    /// Goes on to the end of the schedule; `false` where everything that could come next has been explored elsewhere.
    private func extend(_ path: inout [Choice], _ world: World) -> Bool {
        while true {
            let enabled = world.steps
            if enabled.isEmpty { return true }
            let asleep = path.last.map { last in last.asleep.filter { $0.isIndependent(of: last.step) } } ?? []
            let open = enabled.filter { step in !asleep.contains { $0.name == step.name } }
            guard let first = open.first else { return false }
            path.append(Choice(step: first, open: Array(open.dropFirst()), asleep: asleep))
            world.take(first)
        }
    }

    /// Chooses otherwise at the last point where that is possible.
    private func turn(_ path: inout [Choice]) -> Bool {
        while var last = path.popLast() {
            guard !last.open.isEmpty else { continue }
            last.asleep.append(last.step)
            last.step = last.open.removeFirst()
            path.append(last)
            return true
        }
        return false
    }

    /// Follows a schedule by the names of its steps.
    func replay(_ schedule: [String]) throws -> (trace: [String], failure: Failure?) {
        let world = try World(scenario)
        for name in schedule {
            guard let step = world.steps.first(where: { $0.name == name }) else {
                let possible = world.steps.map(\.name).joined(separator: " ")
                world.abandon()
                throw ReplayError(
                    description: "\(name) can't happen after \(world.taken.map(\.name)); what can: \(possible)")
            }
            world.take(step)
        }
        while let step = world.steps.first(where: \.isPlain) { world.take(step) }
        let failure = judge(world)
        return (world.history.deeds.map(\.description), failure)
    }

    /// Finds a schedule in which the steps of `trace` come in this order, with as little as possible between them.
    func steer(_ trace: [String]) throws -> Failure? {
        let world = try World(scenario)
        var wanted = trace[...]
        while let next = wanted.first {
            let steps = world.steps.filter { $0.name == next || !wanted.contains($0.name) }
            let actor = next.prefix { $0 != ":" }
            let plain = steps.filter { $0.isPlain }
            guard
                let step = steps.first(where: { $0.name == next })
                    ?? plain.first(where: { $0.name.prefix { $0 != ":" } == actor }) ?? plain.first
            else {
                world.abandon()
                throw ReplayError(description: "\(next) can't happen after \(world.taken.map(\.name))")
            }
            world.take(step)
            if step.name == next { wanted = wanted.dropFirst() }
        }
        while let step = world.steps.first(where: \.isPlain) { world.take(step) }
        return judge(world)
    }

    /// Follows one schedule that a generator chooses.
    func runAtRandom(_ generator: inout some RandomNumberGenerator) throws -> Failure? {
        let world = try World(scenario)
        while let step = world.steps.randomElement(using: &generator) { world.take(step) }
        return judge(world)
    }

    private func judge(_ world: World) -> Failure? {
        let problems = Verdict(world).problems
        if problems.isEmpty { return nil }
        return Failure(scenario: scenario.name, schedule: world.taken.map(\.name), problems: problems)
    }
}

struct ReplayError: Error, CustomStringConvertible {
    let description: String
}
