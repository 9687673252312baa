import CMicroHTTP
import Glibc

// The way down: accept nothing, close what is idle, finish what is in flight, cut the rest. On the loop's thread.
extension HTTPServer {
    /// Closes the door as soon as `stop` was called.
    func beginDraining() {
        guard let patience else { return }
        let deadline = now &+ patience.nanoseconds
        if let drainDeadline {
            self.drainDeadline = min(drainDeadline, deadline)
            return
        }
        drainDeadline = deadline
        guard let daemon = unsafe daemon else { return }
        // Those who are in already get an answer; closing the listening socket would reset them.
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        var rounds = 0
        while rounds < 100, unsafe poll(&waiting, 1, 0) > 0 {
            unsafe MHD_run(daemon)
            rounds += 1
        }
        unsafe MHD_quiesce_daemon(daemon)
        close(listener)
        listener = -1
    }

    /// - Returns: false when nothing is left.
    func keepDraining() -> Bool {
        guard let drainDeadline else { return true }
        while let slot = unsafe table.longestIdle { unsafe cut(slot) }
        return table.count > 0 && now < drainDeadline
    }

    /// Cuts whatever is left and lets libmicrohttpd go, which must have no suspended connection then.
    func finish() {
        guard let daemon = unsafe daemon else { return }
        for place in 0..<table.capacity {
            let slot = unsafe table[place]
            switch unsafe slot.pointee.phase {
            case .free, .ending: break
            case .pending: unsafe abandon(slot)
            case .idle, .receiving, .handling, .sending: unsafe cut(slot)
            }
        }
        unsafe MHD_run(daemon)
        if listener >= 0 {
            unsafe MHD_quiesce_daemon(daemon)
            close(listener)
            listener = -1
        }
        unsafe MHD_stop_daemon(daemon)
        unsafe self.daemon = nil
        lingering.closeAll()
    }
}
