import Glibc
import Surroundings
import Synchronization

/// Carries out a schedule: each victim and each way has its own list, so a broker that takes seconds to come back holds up nobody else's faults.
struct Torturer: Sendable {
    /// What was done.
    struct Deeds: Sendable {
        var kills: [Victim: Int] = [:]
        var others = 0
        var faults: [String] = []
    }

    private let house: House
    private let say: @Sendable (String) -> Void
    private let deeds = Shared(Deeds())

    init(_ house: House, say: @escaping @Sendable (String) -> Void) {
        self.house = house
        self.say = say
    }

    /// Comes back when the last fault of the schedule is over; everything runs and passes again then, or is starting.
    func run(_ schedule: Schedule) async -> Deeds {
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for victim in Victim.allCases {
                let mine = schedule.entries.filter { $0.fault.victim == victim }
                group.addTask { await self.work(through: mine, since: start) }
            }
            for way in Way.allCases {
                let mine = schedule.entries.filter { $0.fault.way == way }
                group.addTask { await self.work(through: mine, since: start) }
            }
        }
        return deeds.value
    }

    private func work(through entries: [Schedule.Entry], since start: ContinuousClock.Instant) async {
        for entry in entries {
            try? await Task.sleep(until: start + .seconds(entry.at))
            say("\(tenths(entry.at)) s  \(entry.fault)")
            do throws(SurroundingsError) { try await carryOut(entry.fault) } catch {
                deeds.change { $0.faults.append("after '\(entry.fault)': \(error)") }
            }
        }
    }

    private func carryOut(_ fault: Fault) async throws(SurroundingsError) {
        switch fault {
        case .kill(let victim):
            if try await kill(victim) { deeds.change { $0.kills[victim, default: 0] += 1 } }
            return
        case .restart(.postgres):
            await house.postgres.stop()
            try await house.postgres.start()
        case .restart(.broker):
            await house.kafka.stop()
            try await house.kafka.start()
        case .restart(let victim): await house.keepers[victim]?.restart()
        case .freeze(.broker, let seconds):
            house.kafka.signal(SIGSTOP)
            try? await Task.sleep(for: .seconds(seconds))
            house.kafka.signal(SIGCONT)
        case .freeze(let victim, let seconds): await house.keepers[victim]?.freeze(seconds: seconds)
        case .cut(let way): house.links[way]?.cut()
        case .refuse(let way, let seconds): await behave(.refuse, way, seconds)
        case .stall(let way, let seconds): await behave(.stall, way, seconds)
        case .swallow(let way, let seconds):
            await behave(.swallowAnswers, way, seconds)
            house.links[way]?.cut()
        case .slow(let way, let milliseconds, let seconds): await behave(.delay(milliseconds: milliseconds), way, seconds)
        }
        deeds.change { $0.others += 1 }
    }

    private func kill(_ victim: Victim) async throws(SurroundingsError) -> Bool {
        switch victim {
        case .postgres:
            await house.postgres.kill()
            try await house.postgres.start()
        case .broker:
            await house.kafka.kill()
            try await house.kafka.start()
        default: return await house.keepers[victim]?.kill() ?? false
        }
        return true
    }

    private func behave(_ behaviour: FaultyLink.Behaviour, _ way: Way, _ seconds: Double) async {
        house.links[way]?.behave(behaviour)
        try? await Task.sleep(for: .seconds(seconds))
        house.links[way]?.behave(.pass)
    }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value { mutex.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}
