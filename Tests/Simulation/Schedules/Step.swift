/// One thing that may happen next: the scheduler picks it, and everything runs on until all is parked again.
struct Step {
    enum Move: Equatable {
        /// The request's head arrives, with the cookies of this moment; a thief chooses among those it has held.
        case send(jar: Int)
        /// A parked store call goes on.
        case call(StoreFault?)
        /// A call whose caller has given up reaches the store.
        case late
        /// The handler goes on with its work.
        case act
        /// The response reaches the client, or never does.
        case deliver, lose
        /// The clock moves.
        case tick
        /// The browser dies before it has saved its newest cookies.
        case crash
    }

    /// The request, from 1; 0 for the world around it.
    let actor: Int
    let move: Move
    /// `2:commit!`: what a schedule is written with.
    let name: String
    var footprint = Footprint()

    /// Nothing goes wrong in it, and no time passes.
    var isPlain: Bool {
        switch move {
        case .send, .deliver, .act, .late: true
        case .call(let fault): fault == nil
        case .tick: actor != 0
        case .lose, .crash: false
        }
    }

    func isIndependent(of other: Step) -> Bool {
        actor != other.actor && !footprint.conflicts(with: other.footprint)
    }
}

/// How a store call goes wrong.
enum StoreFault: Equatable {
    /// It fails before it has done anything.
    case fails
    /// Its caller gets no answer; it reaches the store at once or later.
    case loses
}
