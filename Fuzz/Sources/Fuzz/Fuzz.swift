#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What SwiftPM starts: libFuzzer, which knows the command line.
///
/// `FUZZ_TARGET` names the target.
@_cdecl("Fuzz_main")
public func start(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    _ = target
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, fuzz)
}

/// Looks for a fault in what becomes of an input.
private let target: @Sendable ([UInt8]) -> String? = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = fuzzTargets[name] else {
        fatalError("FUZZ_TARGET is \"\(name)\", not one of \(fuzzTargets.keys.sorted())")
    }
    return target
}()

private func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let fault = target(Array(UnsafeBufferPointer(start: start, count: count))) { fatalError(fault) }
    return 0
}
