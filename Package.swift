// swift-tools-version: 6.3

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

/// GRDB, and SQLite's own interface for the statements of loads and commits.
let sqlite: [Target.Dependency] = ["GRDB", "GRDBSQLite"].map {
    .product(name: $0, package: "GRDB.swift", condition: .when(traits: ["SQLite"]))
}

let package = Package(
    name: "swift-sessions",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Sessions", targets: ["Sessions"]),
        .library(name: "SessionsSQLite", targets: ["SessionsSQLite"]),
        .library(name: "SessionsRedis", targets: ["SessionsRedis"]),
        .library(name: "SessionsStores", targets: ["SessionsStores"]),
        .library(name: "SessionsPostgres", targets: ["SessionsPostgres"]),
        .library(name: "SessionsHummingbird", targets: ["SessionsHummingbird"]),
        .library(name: "SessionsFlyingFox", targets: ["SessionsFlyingFox"]),
        .library(name: "SessionsObservability", targets: ["SessionsObservability"]),
        .library(name: "SessionsConfiguration", targets: ["SessionsConfiguration"]),
        .library(name: "SessionsAdmin", targets: ["SessionsAdmin"]),
        .library(name: "SessionsTesting", targets: ["SessionsTesting"]),
        .executable(name: "sessions", targets: ["SessionsCLI"]),
    ],
    traits: [
        .trait(name: "SQLite", description: "SessionsSQLite: sessions in a SQLite file."),
        .trait(name: "Redis", description: "SessionsRedis: sessions in Redis or Valkey, single or Cluster."),
        .trait(name: "Postgres", description: "SessionsPostgres: sessions in PostgreSQL; needs libpq (libpq-dev)."),
        .trait(name: "Hummingbird", description: "SessionsHummingbird: middleware for Hummingbird 2."),
        .trait(name: "FlyingFox", description: "SessionsFlyingFox: sessions for FlyingFox's handlers."),
        .trait(name: "Observability", description: "SessionsObservability: metrics, traces and a security log."),
        .trait(name: "Configuration", description: "SessionsConfiguration: settings from the environment or a file."),
        .trait(name: "CLI", description: "sessions, the command line."),
        .trait(name: "Examples", description: "The shop in Examples/."),
        .default(enabledTraits: ["SQLite", "Redis", "Hummingbird", "CLI", "Examples"]),
    ],
    dependencies: [
        // The vocabulary of requests and responses, so that any server can be adapted.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // SHA-256, HKDF and Redis's names of scripts: never our own cryptography.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        // `Logger`: the libraries write to the request's own, and the sweeper to the one it is given.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // `Service`: background work starts and stops with the server.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // SQLite with a writer queue, WAL readers and named migrations.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Sockets and event loops of the Redis client, and the peer's address as Hummingbird gives it.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // TLS to Redis.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        // The first server framework with an adapter.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        // A server of its own kind, without SwiftNIO: it keeps the engine's seam to servers honest.
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
        // Counters and timers of the observer for metrics.
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Spans of the observer for traces.
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        // Settings from the environment, from JSON files (its default trait), or from where else an application has its own.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        // The shop's pages: logic-free templates that escape by default.
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        // The client of the tests that drive the shop over HTTP; HummingbirdTesting brings it along anyway.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Builds the documentation and checks its links; a command of this package, which no target depends on.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
        // The command lines: of `sessions` and of the shop.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .target(
            name: "Sessions",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                httpTypes,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            // A call of the engine stays on its caller's executor: most of them never wait.
            swiftSettings: settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
        ),
        .target(
            name: "SessionsSQLite",
            dependencies: ["Sessions"] + sqlite,
            swiftSettings: settings
        ),
        // A client of Redis that knows nothing of sessions; SessionsRedis exports what users pass.
        .target(
            name: "SessionsRedisClient",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Redis"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Redis"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["Redis"])),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SessionsRedis",
            dependencies: [
                "Sessions", "SessionsRedisClient",
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["Redis"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Redis"])),
            ],
            swiftSettings: settings
        ),
        // Opens any of the stores from a URL; those whose trait is off aren't built.
        .target(
            name: "SessionsStores",
            dependencies: [
                "Sessions",
                .target(name: "SessionsSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "SessionsRedis", condition: .when(traits: ["Redis"])),
                .target(name: "SessionsPostgres", condition: .when(traits: ["Postgres"])),
            ],
            swiftSettings: settings
        ),
        // The client library of PostgreSQL: SCRAM, TLS, ~/.pgpass and several hosts as everybody has them.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        // What differs between versions of libpq, which Swift can't ask for.
        .target(
            name: "CPostgresShim", dependencies: [.target(name: "CLibPQ", condition: .when(traits: ["Postgres"]))]),
        // A client of PostgreSQL that knows nothing of sessions; SessionsPostgres exports what users pass. Both are empty
        // without their trait, which is off by default: a machine without libpq builds everything else.
        .target(
            name: "SessionsPostgresClient",
            dependencies: [
                .target(name: "CLibPQ", condition: .when(traits: ["Postgres"])),
                .target(name: "CPostgresShim", condition: .when(traits: ["Postgres"])),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SessionsPostgres", dependencies: ["Sessions", "SessionsPostgresClient"], swiftSettings: settings),
        .target(
            name: "SessionsHummingbird",
            dependencies: [
                "Sessions", "SessionsAdmin",
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["Hummingbird"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Hummingbird"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Hummingbird"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Hummingbird"])),
            ],
            swiftSettings: settings
        ),
        // Empty without its trait, which is off by default: every build of this package compiles it.
        .target(
            name: "SessionsFlyingFox",
            dependencies: [
                "Sessions", "SessionsAdmin",
                .product(name: "FlyingFox", package: "FlyingFox", condition: .when(traits: ["FlyingFox"])),
                // The protocol of a body that is sent as it comes.
                .product(name: "FlyingSocks", package: "FlyingFox", condition: .when(traits: ["FlyingFox"])),
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["FlyingFox"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["FlyingFox"])),
            ],
            swiftSettings: settings
        ),
        // Empty without its trait, like the target before it.
        .target(
            name: "SessionsObservability",
            dependencies: [
                "Sessions",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Observability"])),
                .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Observability"])),
                .product(
                    name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Observability"])),
            ],
            swiftSettings: settings
        ),
        // Empty without its trait, like the two before it.
        .target(
            name: "SessionsConfiguration",
            dependencies: [
                "Sessions", "SessionsStores",
                .product(
                    name: "Configuration", package: "swift-configuration", condition: .when(traits: ["Configuration"])),
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["Configuration"])),
            ],
            swiftSettings: settings
        ),
        // It needs nothing that the engine doesn't, so it has no trait.
        .target(
            name: "SessionsAdmin",
            dependencies: [
                "Sessions",
                .product(name: "Crypto", package: "swift-crypto"),
                httpTypes,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SessionsTesting",
            dependencies: ["Sessions", httpTypes],
            swiftSettings: settings
        ),
        // Its product is `sessions`. Where case doesn't count in file names, a target of that name would be `Sessions`.
        .executableTarget(
            name: "SessionsCLI",
            dependencies: [
                "Sessions", "SessionsStores",
                .product(name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["CLI"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["CLI"])),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "shop",
            dependencies: [
                "Sessions", "SessionsAdmin", "SessionsStores", "SessionsHummingbird",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Examples"])),
                .product(name: "CryptoExtras", package: "swift-crypto", condition: .when(traits: ["Examples"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Examples"])),
                .product(name: "Mustache", package: "swift-mustache", condition: .when(traits: ["Examples"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Examples"])),
            ],
            path: "Examples/Shop",
            swiftSettings: settings
        ),
        // The README's example, compiled.
        .executableTarget(
            name: "hello",
            dependencies: [
                "Sessions", "SessionsSQLite", "SessionsHummingbird",
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Examples"])),
            ],
            path: "Examples/Hello",
            // As it is built in a package of its own, where `import Hummingbird` is enough.
            swiftSettings: [.enableUpcomingFeature("ExistentialAny")]
        ),
        .testTarget(
            name: "SessionsTests",
            dependencies: [
                "Sessions", "SessionsTesting",
                httpTypes,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // Every interleaving of a few requests, on the engine as it is.
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Sessions", "SessionsTesting", httpTypes],
            path: "Tests/Simulation",
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsHummingbirdTests",
            dependencies: [
                "AdapterSuite", "Processes", "RedisServers", "Sessions", "SessionsAdmin", "SessionsHummingbird",
                "SessionsTesting", "ShopDriver",
                httpTypes,
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "HummingbirdCore", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "HummingbirdHTTP2", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "HummingbirdTLS", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "HummingbirdTesting", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Hummingbird"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Hummingbird"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Hummingbird"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["Hummingbird"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsFlyingFoxTests",
            dependencies: [
                "AdapterSuite", "Sessions", "SessionsAdmin", "SessionsFlyingFox",
                .product(name: "FlyingFox", package: "FlyingFox", condition: .when(traits: ["FlyingFox"])),
                .product(name: "FlyingSocks", package: "FlyingFox", condition: .when(traits: ["FlyingFox"])),
                httpTypes,
            ],
            swiftSettings: settings
        ),
        // What every adapter must do, as behaviours that a server shows to a browser.
        .target(
            name: "AdapterSuite",
            dependencies: [
                "Sessions", "SessionsTesting", "ShopDriver", "TokenScanner",
                httpTypes,
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Support/AdapterSuite",
            swiftSettings: settings
        ),
        // Commits until it is killed: the other process of the SQLite tests.
        .executableTarget(
            name: "sqlite-crash-writer",
            dependencies: ["Sessions", "SessionsSQLite"],
            path: "Tests/Support/CrashWriter",
            swiftSettings: settings
        ),
        // Records and changes that the tests of every store make, and how they compare what they get.
        .target(
            name: "StoreSupport", dependencies: ["Sessions"], path: "Tests/Support/StoreSupport",
            swiftSettings: settings),
        .testTarget(
            name: "SessionsSQLiteTests",
            dependencies: ["Processes", "Sessions", "SessionsSQLite", "StoreSupport", "sqlite-crash-writer", httpTypes]
                + sqlite,
            swiftSettings: settings
        ),
        // What Swift's import of glibc leaves out.
        .target(name: "CSpawn", path: "Tests/Support/CSpawn"),
        // Starts programs beside the tests.
        .target(
            name: "Processes", dependencies: ["CSpawn"], path: "Tests/Support/Processes", swiftSettings: settings),
        // Looks for the tokens that servers have issued to this process wherever else they show something.
        .target(name: "TokenScanner", path: "Tests/Support/TokenScanner", swiftSettings: settings),
        // Starts shops and visits them: for the tests that see them from outside alone.
        .target(
            name: "ShopDriver",
            dependencies: [
                "Processes", "RedisServers", "Sessions", "SessionsTesting", "TokenScanner",
                .product(
                    name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["Examples"])),
                httpTypes,
            ],
            path: "Tests/Support/ShopDriver",
            swiftSettings: settings
        ),
        // Real servers on free ports, which end with the tests that started them.
        .target(
            name: "RedisServers",
            dependencies: [
                "Processes", "SessionsRedisClient",
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Redis"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Redis"])),
            ],
            path: "Tests/Support/RedisServers",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ShopTests",
            dependencies: [
                "PostgresServers", "Processes", "RedisServers", "Sessions", "SessionsStores", "SessionsTesting",
                "ShopDriver", "TokenScanner",
                "shop",
                httpTypes,
            ],
            swiftSettings: settings
        ),
        // A Chromium that tests drive through its driver, with the commands of W3C WebDriver.
        .target(
            name: "Browsers",
            dependencies: [
                "Processes", "RedisServers", "TokenScanner",
                .product(
                    name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["Examples"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Examples"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Examples"])),
            ],
            path: "Tests/Support/Browsers",
            swiftSettings: settings
        ),
        .testTarget(
            name: "BrowserTests",
            dependencies: ["Browsers", "RedisServers", "ShopDriver", "shop", httpTypes],
            swiftSettings: settings),
        // Kills shops while clients keep histories, and judges these.
        .target(
            name: "Chaos",
            dependencies: [
                "SessionsTesting", "ShopDriver",
                httpTypes,
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Redis"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Redis"])),
            ],
            path: "Tests/Support/Chaos",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "chaos-run",
            dependencies: ["Chaos", "ShopDriver", "shop"],
            path: "Tests/Support/ChaosCommand",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ChaosTests",
            dependencies: ["Chaos", "PostgresServers", "RedisServers", "SessionsTesting", "ShopDriver", "shop"],
            swiftSettings: settings),
        .testTarget(
            name: "SessionsRedisClientTests",
            dependencies: [
                "RedisServers", "SessionsRedisClient", "SessionsTesting",
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Redis"])),
                .product(name: "NIOEmbedded", package: "swift-nio", condition: .when(traits: ["Redis"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Redis"])),
            ],
            swiftSettings: settings
        ),
        // What the fuzzer came up with, without the fuzzer; its inputs are compiled in Fuzz/ as well.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Sessions", "SessionsPostgres", "SessionsRedis", "SessionsRedisClient", "SessionsTesting",
                httpTypes,
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Redis"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsRedisTests",
            dependencies: [
                "Processes", "RedisServers", "Sessions", "SessionsRedis", "SessionsTesting", "StoreSupport",
                httpTypes,
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Redis"])),
            ],
            swiftSettings: settings
        ),
        // PostgreSQL servers and poolers on free ports, which end with the tests that started them.
        .target(
            name: "PostgresServers", dependencies: ["Processes", "RedisServers"], path: "Tests/Support/PostgresServers",
            swiftSettings: settings),
        .testTarget(
            name: "SessionsPostgresTests",
            dependencies: [
                httpTypes, "PostgresServers", "Processes",
                "RedisServers",
                "Sessions", "SessionsPostgres", "SessionsPostgresClient", "SessionsTesting", "StoreSupport",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsStoresTests",
            dependencies: ["PostgresServers", "RedisServers", "Sessions", "SessionsStores"],
            swiftSettings: settings
        ),
        // Starts the command line itself, on real stores.
        .testTarget(
            name: "SessionsCLITests",
            dependencies: [
                "Processes", "RedisServers", "Sessions", "SessionsCLI", "SessionsStores", "SessionsTesting",
                "StoreSupport",
            ] + sqlite,
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsObservabilityTests",
            dependencies: [
                "Sessions", "SessionsObservability", "SessionsTesting",
                httpTypes,
                .product(
                    name: "InMemoryTracing", package: "swift-distributed-tracing",
                    condition: .when(traits: ["Observability"])),
                .product(name: "Metrics", package: "swift-metrics", condition: .when(traits: ["Observability"])),
                .product(name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Observability"])),
                .product(
                    name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Observability"])),
            ],
            exclude: ["ocsf-authentication.json"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsConfigurationTests",
            dependencies: [
                "Sessions", "SessionsConfiguration", "SessionsStores",
                .product(
                    name: "Configuration", package: "swift-configuration", condition: .when(traits: ["Configuration"])),
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["Configuration"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsAdminTests",
            dependencies: [
                "Sessions", "SessionsAdmin", "SessionsTesting", "StoreSupport",
                httpTypes,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Pages"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SessionsTestingTests",
            dependencies: [
                "Sessions", "SessionsSQLite", "SessionsTesting",
                httpTypes,
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
