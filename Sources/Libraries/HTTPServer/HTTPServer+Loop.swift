import CMicroHTTP
import Glibc
import Synchronization

// One turn of the loop: wait, take what has come, let libmicrohttpd work, ask the handler. On the loop's thread.
extension HTTPServer {
    /// - Returns: false when the server has stopped and nothing is left to do.
    func turn() -> Bool {
        guard let daemon = unsafe daemon else { return false }
        gather()
        let count = unsafe nicobar_http_wait(epoll, found, patienceOfWait())
        now = Self.clock()
        for index in 0..<Int(max(0, count)) {
            let event = unsafe found[index]
            take(Tag(bits: event.tag), event.events)
        }
        idleTurns = count > 0 ? 0 : idleTurns + 1
        beginDraining()
        expire()
        unsafe work(daemon)
        nextTick = handler.tick(self, now: now)
        return keepDraining()
    }

    /// Lets some requests and answers come together when there are many: a wake-up costs more than most of what it is for.
    ///
    /// The last turn's beginning counts, so a loop that is busy for as long anyway does not wait at all.
    private func gather() {
        let rest = spacing.untilNext(waiting: table.pendingCount, connections: table.count, now: now)
        guard rest > 0, drainDeadline == nil else { return }
        let end = now + rest, time = Self.clock()
        guard time < end else { return }
        var left = timespec(tv_sec: 0, tv_nsec: Int(end - time))
        _ = unsafe nanosleep(&left, nil)
    }

    /// Milliseconds until something is due; -1 for ever.
    private func patienceOfWait() -> Int32 {
        var milliseconds: UInt64 = 0
        if let daemon = unsafe daemon, unsafe MHD_get_timeout(daemon, &milliseconds) == .YES, milliseconds == 0 {
            // Data that libmicrohttpd has and cannot go on with makes it ask for another turn for ever (a chunk's extension larger than its buffer does):
            // until the deadline ends that, look once a millisecond.
            return idleTurns > 100 ? 1 : 0
        }
        var due = UInt64.max
        for deadline in [table.deadline, lingering.deadline, nextTick, drainDeadline] { if let deadline { due = min(due, deadline) } }
        guard due != .max else { return -1 }
        // Rounded up, so that the wait does not spin through the last millisecond.
        return due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
    }

    private func take(_ tag: Tag, _ events: UInt32) {
        switch tag {
        case .daemon: break
        case .wake:
            var count: UInt64 = 0
            _ = unsafe read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
            handler.wokenUp(self)
        case .connection(let place, let serial):
            guard let slot = unsafe table.slot(place: place, serial: serial) else { return }
            unsafe arrived(slot, events)
        case .lingering(let descriptor): lingering.arrived(descriptor)
        }
    }

    /// libmicrohttpd reads and writes by itself; this only notes that a request has begun, and that a client has gone.
    private func arrived(_ slot: UnsafeMutablePointer<ConnectionSlot>, _ events: UInt32) {
        if events & NICOBAR_HTTP_GONE != 0 {
            unsafe slot.pointee.flags.insert(.peerClosed)
            if unsafe slot.pointee.phase == .pending { unsafe abandon(slot) }
        }
        if events & NICOBAR_HTTP_READABLE != 0, unsafe slot.pointee.phase == .idle {
            unsafe slot.pointee.flags.remove(.served)
            unsafe table.enter(slot, .receiving, now: now)
            spacing.began()
        }
    }

    private func expire() {
        lingering.expire(now)
        while let slot = unsafe table.overdue(now) {
            if unsafe slot.pointee.phase != .idle, unsafe !slot.pointee.flags.contains(.doomed) { live.timedOut.add(1, ordering: .relaxed) }
            if unsafe slot.pointee.phase == .receiving { unsafe PlainAnswer.requestTimeout.send(to: slot.pointee.descriptor) }
            unsafe cut(slot)
        }
    }

    /// An answer that was resumed needs two rounds: one that makes its head, one that sends it.
    private func work(_ daemon: OpaquePointer) {
        var milliseconds: UInt64 = 0
        for _ in 0..<4 {
            unsafe MHD_run(daemon)
            guard unsafe MHD_get_timeout(daemon, &milliseconds) == .YES, milliseconds == 0 else { return }
        }
    }

    /// Ends a connection that is not suspended: libmicrohttpd sees that it was shut down and closes it.
    func cut(_ slot: UnsafeMutablePointer<ConnectionSlot>) {
        unsafe slot.pointee.flags.insert(.doomed)
        unsafe table.enter(slot, .ending, now: now)
        _ = unsafe shutdown(slot.pointee.descriptor, Int32(SHUT_RDWR))
    }

    /// Ends a connection that is suspended; the handler is told that nobody waits for its answer any more.
    func abandon(_ slot: UnsafeMutablePointer<ConnectionSlot>) {
        let exchange = unsafe HTTPExchange(place: Int(table.place(of: slot)), generation: slot.pointee.generation)
        unsafe slot.pointee.advance()
        unsafe cut(slot)
        if let connection = unsafe slot.pointee.connection { unsafe MHD_resume_connection(connection) }
        handler.abandoned(exchange)
    }
}
