// swift-tools-version: 6.2
// The manifest is the picture: one line a room, its arrows on that line. Tests/Architecture holds it against docs/architecture.md.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]

/// A C library as Debian ships it: a module map and a shim.
func foreign(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/Libraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}
/// The one room that sees a C library; every use of unsafe memory in it is marked.
func library(_ name: String, _ arrows: [String]) -> Target {
    .target(name: name, dependencies: arrows.map { .byName(name: $0) }, path: "Sources/Libraries/\(name)",
            swiftSettings: strict + [.strictMemorySafety()])
}
func room(_ name: String, _ arrows: [String], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: arrows.map { .byName(name: $0) }, path: "Sources/\(name)",
            resources: resources, swiftSettings: strict)
}
func program(_ product: String, _ name: String, _ arrows: [String]) -> Target {
    .executableTarget(name: name, dependencies: arrows.map { .byName(name: $0) }, path: "Sources/Programs/\(product)",
                      swiftSettings: strict)
}
func tests(_ name: String, _ arrows: [String], path: String? = nil, data: [String] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: arrows.map { .byName(name: $0) },
                path: path ?? "Tests/\(name)", exclude: data, swiftSettings: strict)
}

let package = Package(
    name: "nicobar",
    products: [
        .library(name: "StandardWebhooks", targets: ["StandardWebhooks"]),
        .executable(name: "ingest", targets: ["IngestProgram"]),
        .executable(name: "billing-worker", targets: ["BillingWorkerProgram"]),
        .executable(name: "fulfilment-worker", targets: ["FulfilmentWorkerProgram"]),
        .executable(name: "license-worker", targets: ["LicenseWorkerProgram"]),
        .executable(name: "nicobar", targets: ["NicobarProgram"]),
        .executable(name: "dodo-simulator", targets: ["SimulatorProgram"]),
        .executable(name: "nicobar-demo", targets: ["DemoProgram"]),
        .executable(name: "nicobar-bench", targets: ["BenchProgram"]),
        .executable(name: "nicobar-torture", targets: ["TortureProgram"]),
    ],
    targets: [
        // C libraries, and the only rooms that see them
        foreign("CRdKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        foreign("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
        foreign("CLibCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        foreign("CMicroHTTP", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        .target(name: "CSimdJSON", path: "Sources/Libraries/CSimdJSON",
                linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
        .systemLibrary(name: "CMalloc", path: "Sources/Libraries/CMalloc"),
        .systemLibrary(name: "CEpoll", path: "Sources/Libraries/CEpoll"),
        library("Allocator", ["CMalloc"]),
        library("Threads", []),
        library("Readiness", ["CEpoll"]),
        library("RdKafka", ["CRdKafka", "Threads"]),
        library("LibPQ", ["CLibPQ"]),
        library("LibCrypto", ["CLibCrypto"]),
        library("HTTPServer", ["CMicroHTTP"]),
        library("JSONReader", ["CSimdJSON"]),

        // vocabulary
        .target(name: "Schemas", path: "schemas", exclude: ["events", "catalog.schema.json"],
                sources: ["Schemas.swift"], resources: [.embedInCode("topics.json"), .embedInCode("postgres")],
                swiftSettings: strict),
        room("Events", ["Schemas"]),
        room("Settings", []),
        room("CommandLine", []),
        room("Lifecycle", ["Threads"]),
        room("Observability", ["HTTPServer", "Threads"]),
        room("StandardWebhooks", ["LibCrypto"]),

        // stages
        room("Ingest", ["Events", "StandardWebhooks", "Settings", "Observability", "RdKafka", "HTTPServer", "JSONReader", "Threads"]),
        room("Worker", ["Events", "Settings", "Observability", "RdKafka", "LibPQ", "LibCrypto", "Threads", "Allocator"], resources: [.embedInCode("Queries")]),
        room("Billing", ["Events", "Worker", "LibPQ", "JSONReader"], resources: [.embedInCode("Queries")]),
        room("Fulfilment", ["Events", "Worker", "LibPQ", "JSONReader"], resources: [.embedInCode("Queries")]),
        room("Licensing", ["Events", "Settings", "Worker", "LibPQ", "LibCrypto", "JSONReader"], resources: [.embedInCode("Queries")]),
        room("Operations", ["Schemas", "Events", "Settings", "RdKafka", "LibPQ", "Threads"]),
        room("Simulator", ["Events", "StandardWebhooks", "Settings", "Readiness"]),
        room("Surroundings", ["RdKafka"]),
        room("Torture", ["Surroundings", "Simulator", "Events", "LibPQ", "RdKafka", "LibCrypto"]),

        // programs
        program("ingest", "IngestProgram", ["Ingest", "Settings", "Observability", "Lifecycle"]),
        room("WorkerLaunch", ["Worker", "Operations", "Events", "Settings", "Observability", "Lifecycle", "RdKafka"]),
        program("billing-worker", "BillingWorkerProgram", ["Billing", "Events", "WorkerLaunch"]),
        program("fulfilment-worker", "FulfilmentWorkerProgram", ["Fulfilment", "Events", "Settings", "WorkerLaunch"]),
        program("license-worker", "LicenseWorkerProgram", ["Licensing", "WorkerLaunch"]),
        program("nicobar", "NicobarProgram", ["Operations", "Fulfilment", "Licensing", "Events", "Settings", "RdKafka", "LibPQ", "CommandLine"]),
        program("dodo-simulator", "SimulatorProgram", ["Simulator", "CommandLine", "Settings"]),
        program("nicobar-demo", "DemoProgram", ["Surroundings", "Simulator", "LibPQ", "Events", "CommandLine"]),
        program("nicobar-torture", "TortureProgram", ["Torture", "CommandLine"]),
        .target(name: "CAllocations", path: "Benchmarks/CAllocations"),
        .target(name: "Figures", path: "Benchmarks/Figures", swiftSettings: strict),
        .executableTarget(name: "BenchProgram",
                          dependencies: ["Surroundings", "Simulator", "Ingest", "Billing", "Worker", "RdKafka", "LibPQ", "LibCrypto", "Events",
                                         "StandardWebhooks", "CommandLine", "Figures", "CAllocations"],
                          path: "Benchmarks/Program", swiftSettings: strict),

        // tests: the same words
        .target(name: "CThreads", path: "Tests/Support/CThreads"),
        .target(name: "TestKit", dependencies: ["CThreads", "Surroundings", "LibPQ", "Operations", "Worker", "Events", "LibCrypto", "Simulator"], path: "Tests/Support/TestKit",
                swiftSettings: strict),
        tests("Allocator", ["Allocator"], path: "Tests/Libraries/Allocator"),
        tests("Readiness", ["Readiness"], path: "Tests/Libraries/Readiness"),
        tests("Threads", ["Threads"], path: "Tests/Libraries/Threads"),
        tests("RdKafka", ["RdKafka", "Simulator", "Surroundings", "TestKit"], path: "Tests/Libraries/RdKafka"),
        tests("LibPQ", ["LibPQ", "TestKit"], path: "Tests/Libraries/LibPQ"),
        tests("LibCrypto", ["LibCrypto"], path: "Tests/Libraries/LibCrypto"),
        tests("HTTPServer", ["HTTPServer", "TestKit"], path: "Tests/Libraries/HTTPServer"),
        tests("JSONReader", ["JSONReader"], path: "Tests/Libraries/JSONReader"),
        tests("Events", ["Events", "Schemas"]),
        tests("Schemas", ["Schemas", "Events", "Ingest", "Billing", "Worker", "Simulator"]),
        tests("Settings", ["Settings"]),
        tests("CommandLine", ["CommandLine"]),
        tests("Observability", ["Observability"]),
        tests("Lifecycle", ["Lifecycle"]),
        tests("StandardWebhooks", ["StandardWebhooks"], data: ["Vectors"]),
        tests("Ingest", ["Ingest", "Events", "StandardWebhooks", "Settings", "Observability", "RdKafka", "LibCrypto", "Surroundings", "TestKit"]),
        tests("Worker", ["Worker", "Events", "Settings", "Observability", "RdKafka", "LibPQ", "Simulator", "Surroundings", "TestKit"]),
        tests("Simulation", ["Worker", "Events", "RdKafka", "Simulator"]),
        tests("Billing", ["Billing", "Worker", "Events", "LibPQ", "LibCrypto", "JSONReader", "Simulator", "TestKit"]),
        tests("Fulfilment", ["Fulfilment", "Worker", "Events", "LibPQ", "LibCrypto", "JSONReader", "Simulator", "Observability", "TestKit"]),
        tests("Licensing", ["Licensing", "Fulfilment", "Worker", "Events", "Settings", "RdKafka", "LibPQ", "LibCrypto", "Simulator", "Surroundings", "TestKit"], data: ["Harness"]),
        tests("Operations", ["Operations", "Events", "Settings", "LibPQ", "RdKafka", "Surroundings", "TestKit"]),
        tests("Simulator", ["Simulator", "Events", "StandardWebhooks", "JSONReader"]),
        tests("Architecture", []),
        tests("Figures", ["Figures"]),
        tests("Torture", ["Torture", "Simulator", "Events", "LibPQ", "Surroundings", "TestKit"]),
        tests("Journeys", ["Simulator", "Events", "LibPQ", "Surroundings", "Torture", "TestKit"]),
    ],
    cxxLanguageStandard: .cxx17
)
