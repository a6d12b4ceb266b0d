// swift-tools-version: 6.3

import PackageDescription

// The engine, the stores and their tests, without servers: quick to build anew, for `make tsan`.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "stores",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .target(
            name: "Sessions", dependencies: [crypto, httpTypes, logging, lifecycle],
            // A call of the engine stays on its caller's executor: most of them never wait.
            swiftSettings: settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
        .target(name: "SessionsSQLite", dependencies: ["Sessions", grdb], swiftSettings: settings),
        .target(
            name: "SessionsRedisClient", dependencies: nio + [.product(name: "NIOSSL", package: "swift-nio-ssl")],
            swiftSettings: settings),
        .target(
            name: "SessionsRedis", dependencies: ["Sessions", "SessionsRedisClient", crypto, logging],
            swiftSettings: settings),
        .target(name: "SessionsTesting", dependencies: ["Sessions", httpTypes], swiftSettings: settings),
        .target(name: "CSpawn", path: "Tests/Support/CSpawn"),
        .target(
            name: "Processes", dependencies: ["CSpawn"], path: "Tests/Support/Processes", swiftSettings: settings),
        .target(
            name: "StoreSupport", dependencies: ["Sessions"], path: "Tests/Support/StoreSupport",
            swiftSettings: settings),
        .target(
            name: "RedisServers", dependencies: ["Processes", "SessionsRedisClient"] + nio,
            path: "Tests/Support/RedisServers", swiftSettings: settings),
        .executableTarget(
            name: "sqlite-crash-writer", dependencies: ["Sessions", "SessionsSQLite"],
            path: "Tests/Support/CrashWriter", swiftSettings: settings),
        .testTarget(
            name: "SessionsTests", dependencies: ["Sessions", "SessionsTesting", httpTypes, logging, lifecycle],
            swiftSettings: settings),
        .testTarget(
            name: "SessionsTestingTests",
            dependencies: ["Sessions", "SessionsSQLite", "SessionsTesting", httpTypes], swiftSettings: settings),
        .testTarget(
            name: "SessionsSQLiteTests",
            dependencies: [
                "Processes", "Sessions", "SessionsSQLite", "StoreSupport", "sqlite-crash-writer", httpTypes, grdb,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SessionsRedisClientTests",
            dependencies: ["RedisServers", "SessionsRedisClient", "SessionsTesting"] + nio, swiftSettings: settings),
        .testTarget(
            name: "SessionsRedisTests",
            dependencies: [
                "Processes", "RedisServers", "Sessions", "SessionsRedis", "SessionsTesting", "StoreSupport", httpTypes,
                logging,
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
