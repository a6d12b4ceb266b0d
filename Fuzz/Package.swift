// swift-tools-version: 6.3

import PackageDescription

// Linux only: Swift on macOS has no libFuzzer. `make fuzz` builds and runs it.
let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        // The parser itself is compiled in, so that the fuzzer sees which branches an input takes.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0")
    ],
    targets: [
        .executableTarget(
            name: "FuzzReplies",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: [
                .enableUpcomingFeature("InternalImportsByDefault"),
                .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"]),
            ],
            // gold ends with an internal error here.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
        )
    ],
    swiftLanguageModes: [.v6]
)
