// swift-tools-version: 6.3

import PackageDescription

/// Instrumented, so that the fuzzer sees which branches an input takes; testable, so that it reaches what is internal.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .define("Postgres"),
    .unsafeFlags(["-sanitize=fuzzer", "-enable-testing"]),
]

// Linux only: Swift on macOS has no libFuzzer. `make fuzz` builds and runs it. The sources are those of the package above,
// by links: all of the engine, and of the stores and the client of Redis what reads bytes.
let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .target(
            name: "Sessions",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
        ),
        .target(
            name: "SessionsTesting",
            dependencies: ["Sessions", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: settings
        ),
        .target(
            name: "SessionsRedisClient", dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .target(name: "SessionsRedis", dependencies: ["Sessions", "SessionsRedisClient"], swiftSettings: settings),
        .target(name: "SessionsPostgres", swiftSettings: settings),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Sessions", "SessionsPostgres", "SessionsRedis", "SessionsRedisClient", "SessionsTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
            // gold ends with an internal error here.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
        ),
    ],
    swiftLanguageModes: [.v6]
)
