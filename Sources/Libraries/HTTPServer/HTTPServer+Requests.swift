import CMicroHTTP
import Glibc
import Synchronization

// The life of one request, as libmicrohttpd tells it. On the loop's thread.
extension HTTPServer {
    typealias Slot = UnsafeMutablePointer<ConnectionSlot>

    /// The request line has been read.
    func began(_ slot: Slot, target: UnsafePointer<CChar>) {
        // Nothing told of this one if it came in together with the one before.
        if unsafe slot.pointee.phase == .idle { unsafe table.enter(slot, .receiving, now: now) }
        unsafe slot.pointee.flags.remove(.served)
        var size = 0
        while case let byte = unsafe target[size], byte != 0 {
            // Negative above 0x7F.
            if byte <= 0x20 || byte == 0x7F { unsafe slot.pointee.flags.insert(.badTarget) }
            size += 1
        }
        unsafe slot.pointee.targetSize = size
    }

    /// The head has been read.
    func readHead(_ slot: Slot, target: UnsafePointer<CChar>, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> MHD_Result {
        guard let connection = unsafe slot.pointee.connection else { return .NO }
        unsafe slot.pointee.flags.insert(.headRead)
        let verdict = unsafe Framing.check(connection, method: method, target: target, targetSize: slot.pointee.targetSize, version: version)
        guard verdict != .malformed, unsafe !slot.pointee.flags.contains(.badTarget) else {
            unsafe countMalformed(slot)
            return unsafe refuse(slot, PlainAnswer.badRequest)
        }
        unsafe slot.pointee.method = unsafe HTTPMethod(method)
        switch unsafe handler.route(slot.pointee.method, HTTPPath(lending: UnsafeRawBufferPointer(start: target, count: strlen(target)))) {
        case .refuse(let response):
            guard verdict == .nothing else { return unsafe refuse(slot, response) }
            // An answer given now would end the connection; the next call comes at once.
            unsafe slot.pointee.refusal = response
        case .accept(let maxBodyBytes):
            let limit = max(0, min(maxBodyBytes, limits.maxBodyBytes))
            if case .length(let length) = verdict, length > UInt64(limit) {
                live.refusedByLimit.add(1, ordering: .relaxed)
                return unsafe refuse(slot, PlainAnswer.tooLarge)
            }
            unsafe slot.pointee.bodyLimit = limit
            // libmicrohttpd is lax about the lines between chunks too, and those cannot be seen from here.
            if verdict == .chunked { unsafe slot.pointee.flags.insert(.lastRequest) }
        }
        return .YES
    }

    /// A piece of the body has been read.
    func readBody(_ slot: Slot, _ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        let fits = unsafe slot.pointee.bodyCount + bytes.count <= slot.pointee.bodyLimit
        if fits, unsafe buffers.append(bytes, to: slot) { return .YES }
        live.refusedByLimit.add(1, ordering: .relaxed)
        unsafe (fits ? PlainAnswer.unavailable : .contentTooLarge).send(to: slot.pointee.descriptor)
        unsafe slot.pointee.flags.formUnion([.doomed, .lingers])
        return .NO
    }

    /// The whole request has been read.
    func answer(_ slot: Slot, target: UnsafePointer<CChar>) -> MHD_Result {
        guard let connection = unsafe slot.pointee.connection else { return .NO }
        if let refusal = unsafe slot.pointee.refusal {
            unsafe slot.pointee.refusal = nil
            return unsafe send(refusal, slot)
        }
        live.requests.add(1, ordering: .relaxed)
        unsafe slot.pointee.advance()
        unsafe table.enter(slot, .handling, now: now)
        let answer = unsafe handler.handle(
            request(slot, connection, target), HTTPExchange(place: Int(table.place(of: slot)), generation: slot.pointee.generation))
        // The handler may have called `respond` already.
        guard unsafe slot.pointee.phase == .handling else {
            unsafe buffers.giveBack(slot)
            return .YES
        }
        if case .postponed = answer { unsafe slot.pointee.target = unsafe target } else { unsafe buffers.giveBack(slot) }
        if case .now(let response) = answer { return unsafe send(response, slot) }
        unsafe MHD_suspend_connection(connection)
        unsafe table.enter(slot, .pending, now: now)
        if unsafe slot.pointee.flags.contains(.peerClosed) { unsafe abandon(slot) }
        return .YES
    }

    private func request(_ slot: Slot, _ connection: OpaquePointer, _ target: UnsafePointer<CChar>) -> HTTPRequest {
        unsafe HTTPRequest(
            connection, method: slot.pointee.method, path: HTTPPath(lending: UnsafeRawBufferPointer(start: target, count: strlen(target))),
            body: buffers.body(of: slot))
    }

    /// Hands a request that was answered `.postponed` to the handler once more. On the loop's thread, not from inside `HTTPHandler.handle`.
    ///
    /// - Parameter take: gets the request as `HTTPHandler.handle` got it, and answers it in the same way.
    /// - Returns: false, and nothing is done, when nobody waits for it any more.
    @discardableResult
    package func revisit(_ exchange: HTTPExchange, _ take: (borrowing HTTPRequest) -> HTTPAnswer) -> Bool {
        guard let slot = unsafe table.slot(of: exchange), unsafe slot.pointee.phase == .pending, let connection = unsafe slot.pointee.connection,
            let target = unsafe slot.pointee.target
        else { return false }
        let answer = unsafe take(request(slot, connection, target))
        if case .postponed = answer { return true }
        unsafe slot.pointee.target = nil
        unsafe buffers.giveBack(slot)
        if case .now(let response) = answer { respond(exchange, response) }
        return true
    }

    /// Gives the answer to an exchange that was answered `.later`. On the loop's thread.
    ///
    /// - Returns: false, and nothing is done, when nobody waits for it any more.
    @discardableResult
    package func respond(_ exchange: HTTPExchange, _ response: HTTPResponse) -> Bool {
        guard let slot = unsafe table.slot(of: exchange) else { return false }
        let phase = unsafe slot.pointee.phase
        guard phase == .pending || phase == .handling, let connection = unsafe slot.pointee.connection else { return false }
        let result = unsafe send(response, slot)
        if phase == .pending { unsafe MHD_resume_connection(connection) }
        return result == .YES
    }

    /// The answer was sent, or could not be.
    func completed(_ slot: Slot, failed: Bool) {
        unsafe buffers.giveBack(slot)
        unsafe slot.pointee.refusal = nil
        unsafe slot.pointee.target = nil
        // libmicrohttpd itself has refused it.
        if failed, unsafe slot.pointee.phase == .receiving, unsafe slot.pointee.peerIsThere { unsafe countMalformed(slot) }
        unsafe slot.pointee.flags.formIntersection(.ofConnection)
        unsafe slot.pointee.flags.insert(.served)
        unsafe slot.pointee.advance()
        if unsafe slot.pointee.phase != .ending { unsafe table.enter(slot, .idle, now: now) }
    }

    /// Answers before the body, which also ends the connection.
    private func refuse(_ slot: Slot, _ response: HTTPResponse) -> MHD_Result {
        unsafe slot.pointee.flags.insert(.lingers)
        return unsafe send(response, slot)
    }

    private func send(_ response: HTTPResponse, _ slot: Slot) -> MHD_Result {
        let isLast = unsafe drainDeadline != nil || slot.pointee.flags.contains(.lastRequest)
        if isLast { unsafe slot.pointee.flags.insert(.lingers) }
        unsafe slot.pointee.advance()
        unsafe table.enter(slot, .sending, now: now)
        return unsafe MHD_queue_response(slot.pointee.connection, UInt32(response.status), response.pointer(closing: isLast))
    }

    private func countMalformed(_ slot: Slot) {
        guard unsafe slot.pointee.flags.isDisjoint(with: [.counted, .doomed]) else { return }
        unsafe slot.pointee.flags.formUnion([.counted, .lingers])
        live.malformed.add(1, ordering: .relaxed)
    }

    // MARK: connections

    func opened(_ connection: OpaquePointer) -> Slot? {
        let descriptor = unsafe nicobar_http_socket(connection)
        guard let slot = unsafe table.take(connection, descriptor: descriptor, now: now) else { return nil }
        live.connections.store(table.count, ordering: .relaxed)
        _ = unsafe nicobar_http_watch(
            epoll, descriptor, NICOBAR_HTTP_ARRIVALS, Tag.connection(place: Int(table.place(of: slot)), serial: slot.pointee.serial).bits)
        var isTooMany = table.count > limits.maxConnections
        if limits.maxConnectionsPerAddress > 0 {
            let network = unsafe nicobar_http_network(connection)
            unsafe slot.pointee.network = network
            networks[network, default: 0] += 1
            if networks[network, default: 0] > limits.maxConnectionsPerAddress { isTooMany = true }
        }
        if isTooMany {
            live.refusedByLimit.add(1, ordering: .relaxed)
            PlainAnswer.unavailable.send(to: descriptor)
            shutdown(descriptor, Int32(SHUT_WR))
            // It is let go when the client closes, sends a request, or does neither in the time of a request.
            unsafe slot.pointee.flags.formUnion([.doomed, .lingers])
            unsafe table.enter(slot, .receiving, now: now)
        }
        return unsafe slot
    }

    func closed(_ slot: Slot) {
        if unsafe slot.pointee.peerIsThere {
            // Closed without an answer of ours: libmicrohttpd could not read the request line.
            let phase = unsafe slot.pointee.phase
            if phase == .receiving || phase == .idle, unsafe !slot.pointee.flags.contains(.served) { unsafe countMalformed(slot) }
            if unsafe slot.pointee.flags.contains(.lingers), phase != .ending { unsafe lingering.keep(slot.pointee.descriptor, now: now) }
        }
        unsafe buffers.giveBack(slot)
        if limits.maxConnectionsPerAddress > 0 {
            let network = unsafe slot.pointee.network
            let left = networks[network, default: 0] - 1
            networks[network] = left > 0 ? left : nil
        }
        unsafe table.giveBack(slot)
        live.connections.store(table.count, ordering: .relaxed)
    }
}

extension ConnectionSlot {
    /// Makes the ticket that was given out worthless.
    mutating func advance() { unsafe generation = (generation &+ 1) & (UInt.max >> HTTPExchange.placeBits) }

    /// Whether the other side has neither finished sending nor broken off.
    var peerIsThere: Bool {
        guard unsafe !flags.contains(.peerClosed) else { return false }
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count > 0 || (count < 0 && errno == EAGAIN)
    }
}
