import Sessions

/// An entry of an owner's sessions: its moment, then the ID, 24 bytes that sort by both.
struct Enrolment: Sendable {
    /// How long an entry is believed although its record doesn't say the same: longer than any commit can take.
    static let waitingTime = Duration.hours(1)

    let at: Timestamp
    let id: SessionID

    init(at: Timestamp, id: SessionID) {
        self.at = at
        self.id = id
    }

    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 24, let block = Block16(bytes.suffix(16)) else { return nil }
        let time = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        at = Timestamp(milliseconds: Int64(bitPattern: time ^ 1 << 63))
        id = SessionID(block)
    }

    /// The sign is turned, so that moments before 1970 sort first.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes += RecordCoding.bytes(UInt64(bitPattern: at.milliseconds) ^ 1 << 63)
        bytes += id.block.bytes
        return bytes
    }
}

extension Enrolment {
    /// 16 digits of the moment and 32 of the ID.
    var hex: String {
        let time = String(UInt64(bitPattern: at.milliseconds) ^ 1 << 63, radix: 16)
        return String(repeating: "0", count: 16 - time.count) + time + id.description
    }

    init?(hex: String) {
        guard hex.utf8.count == 48, let time = UInt64(hex.prefix(16), radix: 16), let id = SessionID(hex.suffix(32))
        else {
            return nil
        }
        self.init(at: Timestamp(milliseconds: Int64(bitPattern: time ^ 1 << 63)), id: id)
    }
}
