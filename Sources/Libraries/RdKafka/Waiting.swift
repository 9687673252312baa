import CRdKafka
import Synchronization
import Threads

/// Those who await a report, and the thread that answers them.
final class Waiting: Sendable {
    typealias Answer = CheckedContinuation<Result<Receipt, KafkaError>, Never>
    private struct State {
        var next: UInt = 1
        var answers: [UInt: Answer] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    /// Keeps the answer until `leave`; after `close` it is answered at once.
    func enter(_ answer: Answer) -> UInt {
        let ticket: UInt? = state.withLock { state in
            guard !state.isClosed else { return nil }
            let ticket = state.next
            state.next += 1
            state.answers[ticket] = answer
            return ticket
        }
        if ticket == nil { answer.resume(returning: .failure(KafkaError(RD_KAFKA_RESP_ERR__DESTROY))) }
        return ticket ?? 0
    }

    func leave(_ ticket: UInt, _ result: Result<Receipt, KafkaError>) {
        state.withLock { $0.answers.removeValue(forKey: ticket) }?.resume(returning: result)
    }

    /// Serves the queue until `close`. The thread holds the queue and the client, so that neither goes away under it.
    func serve(queue: EventQueue, client: Client) {
        SystemThread.start("kafka-reports") { [self] in
            while !state.withLock({ $0.isClosed }) {
                _ = unsafe queue.next(timeout: 200) { event in
                    _ = unsafe Producer.forEachReport(in: event) { message in
                        let ticket = unsafe UInt(nicobar_ticket(message)), code = unsafe message.pointee.err
                        let receipt = unsafe Receipt(
                            topic: String(cString: rd_kafka_topic_name(message.pointee.rkt)), partition: message.pointee.partition, offset: message.pointee.offset)
                        leave(ticket, code == RD_KAFKA_RESP_ERR_NO_ERROR ? .success(receipt) : .failure(KafkaError(code)))
                    }
                }
            }
            withExtendedLifetime(client) {}
        }
    }

    /// Answers everybody with an error and lets the thread end.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.answers = [:] }
            return state.answers.values.map { $0 }
        }
        for answer in left { answer.resume(returning: .failure(KafkaError(RD_KAFKA_RESP_ERR__DESTROY))) }
    }
}
