extension FakeServer {
    /// An answer to `CLUSTER SLOTS`: two nodes at these ports, of which each has a half.
    package static func halves(of ports: [Int]) -> String {
        func half(_ first: Int, _ last: Int, _ port: Int) -> String {
            "*3\r\n:\(first)\r\n:\(last)\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
        }
        return "*2\r\n" + half(0, 8191, ports[0]) + half(8192, 16_383, ports[1])
    }
}
