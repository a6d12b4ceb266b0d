extension FakeServer {
    /// An answer to `CLUSTER SLOTS`: nodes at these ports, which have the slots in equal parts.
    package static func slots(of ports: [Int]) -> String {
        let share = 16_384 / ports.count
        let ranges = ports.enumerated().map { index, port in
            "*3\r\n:\(index * share)\r\n:\((index + 1) * share - 1)\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
        }
        return "*\(ranges.count)\r\n" + ranges.joined()
    }
}
