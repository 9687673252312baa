import CRdKafka
import Glibc

/// One message of a batch. Its bytes are views into the batch, which it keeps alive; use them within the life of this value.
@safe package struct ConsumedMessage: @unchecked Sendable {
    private let batch: ConsumedBatch
    package let topic: String
    private let pointer: UnsafeMutablePointer<rd_kafka_message_t>

    init(batch: ConsumedBatch, topic: String, pointer: UnsafeMutablePointer<rd_kafka_message_t>) {
        self.batch = batch
        self.topic = topic
        unsafe self.pointer = unsafe pointer
    }

    package var partition: Int32 { unsafe pointer.pointee.partition }
    package var offset: Int64 { unsafe pointer.pointee.offset }
    package var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }

    /// Milliseconds since 1970, as the producer or the broker set them; -1 when there are none.
    package var timestampMilliseconds: Int64 {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        return unsafe rd_kafka_message_timestamp(pointer, &type)
    }

    /// The key's bytes; nil for a message without one.
    package var key: UnsafeRawBufferPointer? {
        guard let start = unsafe pointer.pointee.key else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start, count: pointer.pointee.key_len)
    }

    /// The value's bytes; empty for a message without one.
    package var value: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: pointer.pointee.payload, count: pointer.pointee.payload == nil ? 0 : pointer.pointee.len)
    }

    /// The last header of this name; nil when there is none or it has no value.
    package func header(_ name: StaticString) -> UnsafeRawBufferPointer? {
        var headers: OpaquePointer?
        guard unsafe rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers = unsafe headers else { return nil }
        var value: UnsafeRawPointer?
        var size = 0
        let text = unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        guard unsafe rd_kafka_header_get_last(headers, text, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let value = unsafe value else { return nil }
        return unsafe UnsafeRawBufferPointer(start: value, count: size)
    }

    /// Copies key, value and headers, so that the batch can go.
    ///
    /// - Parameter block: the block that is being filled; replaced when it is full.
    package func copied(into block: inout MessageBlock?) -> CopiedMessage {
        var headers: OpaquePointer?
        guard unsafe rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers = unsafe headers else {
            return unsafe MessageBlock.copy(key: key, value: value, headers: UnsafeBufferPointer(start: nil, count: 0), into: &block)
        }
        return unsafe withUnsafeTemporaryAllocation(of: LentHeader.self, capacity: max(1, rd_kafka_header_cnt(headers))) { list in
            var count = 0
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            while count < list.count, unsafe rd_kafka_header_get_all(headers, count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
                unsafe list.initializeElement(
                    at: count,
                    to: LentHeader(
                        name: UnsafeRawBufferPointer(start: name, count: name.map { unsafe strlen($0) } ?? 0),
                        value: value == nil ? nil : UnsafeRawBufferPointer(start: value, count: size)))
                count += 1
            }
            return unsafe MessageBlock.copy(key: key, value: self.value, headers: UnsafeBufferPointer(rebasing: list[..<count]), into: &block)
        }
    }

    /// Calls the body for every header in its order.
    package func forEachHeader(_ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {
        var headers: OpaquePointer?
        guard unsafe rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers = unsafe headers else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while unsafe rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            let lent: UnsafeRawBufferPointer? = unsafe value == nil ? nil : UnsafeRawBufferPointer(start: value, count: size)
            unsafe body(name.map { unsafe String(cString: $0) } ?? "", lent)
            index += 1
        }
    }
}

/// Topic names as Strings, made once each. Belongs to the polling thread.
///
/// Found by the address of librdkafka's topic and compared with its name, since an address may be used again for another topic.
@safe final class TopicNames {
    private var known: [UInt: (name: String, text: [CChar])] = [:]

    func name(of topic: OpaquePointer) -> String {
        guard let text = unsafe rd_kafka_topic_name(topic) else { return "" }
        let address = UInt(bitPattern: topic)
        if let entry = known[address], unsafe strcmp(entry.text, text) == 0 { return entry.name }
        let name = unsafe String(cString: text)
        known[address] = (name, Array(name.utf8CString))
        return name
    }
}
