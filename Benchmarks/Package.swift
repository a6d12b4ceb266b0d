// swift-tools-version: 6.3

import PackageDescription

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-sessions", path: "..", traits: ["Observability", "Postgres", "Redis", "SQLite"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "Contention",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Sessions", package: "swift-sessions"),
                .product(name: "SessionsRedis", package: "swift-sessions"),
                .product(name: "SessionsSQLite", package: "swift-sessions"),
            ]
        ),
        .executableTarget(
            name: "Footprint",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Sessions", package: "swift-sessions"),
                .product(name: "SessionsRedis", package: "swift-sessions"),
            ]
        ),
        .executableTarget(
            name: "Load",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Sessions", package: "swift-sessions"),
                "Workbench",
            ]
        ),
        .executableTarget(
            name: "Observers",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Sessions", package: "swift-sessions"),
                .product(name: "SessionsObservability", package: "swift-sessions"),
            ]
        ),
        .executableTarget(
            name: "Pauses",
            dependencies: [
                .product(name: "Sessions", package: "swift-sessions"),
                "Workbench",
            ]
        ),
        .executableTarget(
            name: "Requests",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Sessions", package: "swift-sessions"),
            ]
        ),
        .executableTarget(
            name: "Stores",
            dependencies: [
                .product(name: "Sessions", package: "swift-sessions"),
                .product(name: "SessionsPostgres", package: "swift-sessions"),
                .product(name: "SessionsRedis", package: "swift-sessions"),
                .product(name: "SessionsSQLite", package: "swift-sessions"),
            ]
        ),
        .executableTarget(
            name: "Touches",
            dependencies: [
                .product(name: "Sessions", package: "swift-sessions"),
                .product(name: "SessionsPostgres", package: "swift-sessions"),
            ]
        ),
        // What several of these programs need: stores by a name, requests through the engine, what the process takes.
        .target(
            name: "Workbench",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Sessions", package: "swift-sessions"),
                .product(name: "SessionsPostgres", package: "swift-sessions"),
                .product(name: "SessionsRedis", package: "swift-sessions"),
                .product(name: "SessionsSQLite", package: "swift-sessions"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
