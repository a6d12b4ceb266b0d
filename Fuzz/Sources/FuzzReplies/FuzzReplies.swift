@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What SwiftPM starts: libFuzzer, which knows the command line.
@_cdecl("FuzzReplies_main")
public func start(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, fuzzReplies)
}

private func fuzzReplies(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let fault = ReplyInput(UnsafeBufferPointer(start: start, count: count))?.fault { fatalError(fault) }
    return 0
}
