import Observability
import Testing

@Suite("metrics") struct MetricsTests {
    @Test func `are rendered in the order of registration with help, kind and labels`() {
        let metrics = Metrics()
        metrics.counter("b_total", "How many b.", labels: [("kind", "x\"y\\z\n")]).add(3)
        metrics.counter("b_total", "How many b.", labels: [("kind", "other")]).add()
        metrics.gauge("a", "How much a.").set(1.5)
        #expect(metrics.render() == """
            # HELP b_total How many b.
            # TYPE b_total counter
            b_total{kind="x\\"y\\\\z\\n"} 3
            b_total{kind="other"} 1
            # HELP a How much a.
            # TYPE a gauge
            a 1.5

            """)
    }

    @Test func `the same name and labels are the same counter`() {
        let metrics = Metrics()
        metrics.counter("a", "A.").add(2)
        metrics.counter("a", "A.").add(2)
        #expect(metrics.render().contains("a 4\n"))
    }

    @Test func `a histogram counts each value in all buckets that hold it`() {
        let metrics = Metrics()
        let histogram = metrics.histogram("h", "H.", buckets: [1, 2.5], labels: [("l", "v")])
        for value in [0.5, 1, 2, 9] { histogram.observe(value) }
        #expect(histogram.count == 4)
        #expect(metrics.render().hasSuffix("""
            h_bucket{l="v",le="1"} 2
            h_bucket{l="v",le="2.5"} 3
            h_bucket{l="v",le="+Inf"} 4
            h_sum{l="v"} 12.5
            h_count{l="v"} 4

            """))
    }

    @Test func `what is only worth knowing when asked is measured then`() {
        let metrics = Metrics()
        let gauge = metrics.gauge("g", "G.")
        metrics.beforeRendering { gauge.set(gauge.value + 1) }
        #expect(metrics.render().contains("g 1\n"))
        #expect(metrics.render().contains("g 2\n"))
    }

    @Test func `a process tells its memory, time and descriptors`() throws {
        let metrics = Metrics()
        metrics.observeProcess()
        let text = metrics.render()
        for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            #expect(try #require(line.split(separator: " ").last.flatMap { Double($0) }) > 0)
        }
    }

    @Test func `counting from many threads loses nothing`() async {
        let metrics = Metrics()
        let counter = metrics.counter("n", "N."), histogram = metrics.histogram("h", "H.", buckets: [10])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<1000 { counter.add(); histogram.observe(1) } }
            }
        }
        #expect(counter.value == 8000)
        #expect(histogram.count == 8000)
    }
}
