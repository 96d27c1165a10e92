// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .treatAllWarnings(as: .error)
]

let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// The targets are the rooms of the house, lowest first: each may import only those above it in this list.
let package = Package(
    name: "pgstanza",
    products: [
        .executable(name: "pgstanza", targets: ["pgstanza"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Failures", swiftSettings: swiftSettings),
        .target(name: "PositionedJSON", dependencies: ["Failures"], swiftSettings: swiftSettings),
        .target(
            name: "Processes", dependencies: ["Failures", subprocess, system, logging], swiftSettings: swiftSettings),
        .target(name: "TargetTime", dependencies: ["Failures"], swiftSettings: swiftSettings),
        .target(name: "Cron", dependencies: ["Failures", "TargetTime"], swiftSettings: swiftSettings),
        .target(
            name: "Spec", dependencies: ["Failures", "PositionedJSON", "TargetTime", "Cron"],
            swiftSettings: swiftSettings),
        .target(
            name: "Postgres", dependencies: ["CLibpq", "Failures", "Processes", "TargetTime", system],
            swiftSettings: swiftSettings),
        .target(
            name: "PgBackRest",
            dependencies: ["Failures", "PositionedJSON", "Processes", "TargetTime", "Spec", system],
            swiftSettings: swiftSettings),
        .target(
            name: "Catalog", dependencies: ["Failures", "PositionedJSON", "Spec", "TargetTime", system],
            swiftSettings: swiftSettings),
        .target(
            name: "Replication", dependencies: ["Failures", "Postgres"], swiftSettings: swiftSettings),
        .target(
            name: "Scheduling",
            dependencies: ["Failures", "Processes", "Cron", "Spec", "Catalog", "TargetTime"],
            swiftSettings: swiftSettings),
        .target(
            name: "Operations",
            dependencies: [
                "Failures", "PositionedJSON", "TargetTime", "Cron", "Spec", "Processes", "Postgres", "PgBackRest",
                "Catalog", "Replication", "Scheduling", logging, system,
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "Commands",
            dependencies: [
                "Failures", "PositionedJSON", "TargetTime", "Cron", "Spec", "Processes", "Postgres", "PgBackRest",
                "Catalog", "Scheduling", "Operations", logging, system, argumentParser,
            ],
            swiftSettings: swiftSettings),
        .executableTarget(name: "pgstanza", dependencies: ["Commands"], swiftSettings: swiftSettings),

        .testTarget(name: "PositionedJSONTests", dependencies: ["PositionedJSON"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ProcessesTests", dependencies: ["Processes", "Failures", system], swiftSettings: swiftSettings),
        .testTarget(name: "TargetTimeTests", dependencies: ["TargetTime"], swiftSettings: swiftSettings),
        .testTarget(name: "CronTests", dependencies: ["Cron", "TargetTime"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SpecTests", dependencies: ["Spec", "PositionedJSON", "Failures"], swiftSettings: swiftSettings),
        // Servers that tests of several targets bring up; nothing of it is in the executable.
        .target(
            name: "TestServers", dependencies: ["Failures", "Postgres", "Processes"], path: "Tests/TestServers",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "Processes", "TargetTime", "Failures", "TestServers"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ReplicationTests", dependencies: ["Replication", "Postgres", "Failures", "TestServers"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PgBackRestTests",
            dependencies: ["PgBackRest", "Spec", "Processes", "TargetTime", "Failures", system],
            exclude: ["Golden"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CatalogTests", dependencies: ["Catalog", "PositionedJSON", "TargetTime", "Failures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SchedulingTests",
            dependencies: ["Scheduling", "Cron", "Spec", "Catalog", "TargetTime", "Failures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "Operations", "PositionedJSON", "Spec", "Postgres", "PgBackRest", "Catalog", "Replication",
                "TargetTime", "Failures",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Commands", "Operations", "Catalog", "Spec", "TargetTime", "PositionedJSON", "Failures",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "EndToEnd",
            dependencies: [
                "Processes", "PositionedJSON", "Catalog", "Spec", "Cron", "Scheduling", "TargetTime", system,
            ],
            swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
