import Synchronization

/// How many streams may be open at once.
final class StreamSlots: Sendable {
    private let maximum: Int
    private let taken = Atomic<Int>(0)

    init(_ maximum: Int) {
        self.maximum = maximum
    }

    /// Whether all are taken.
    var areTaken: Bool { taken.load(ordering: .relaxed) >= maximum }

    /// Takes a slot, which is free again when nothing holds it; `nil` where all are taken.
    func take() -> Slot? {
        guard taken.add(1, ordering: .relaxed).newValue <= maximum else {
            taken.subtract(1, ordering: .relaxed)
            return nil
        }
        return Slot(of: self)
    }

    final class Slot: Sendable {
        private let slots: StreamSlots

        fileprivate init(of slots: StreamSlots) {
            self.slots = slots
        }

        deinit { slots.taken.subtract(1, ordering: .relaxed) }
    }
}
