import Glibc

/// Builds a one-dimensional array in PostgreSQL's binary form, to be bound to `unnest($1::text[], …)`.
///
/// The bytes that will be sent are written directly, into one buffer; after `reset()` the same buffer is filled again, so a steady load allocates nothing.
/// Confined to one thread at a time. (Format: `array_recv` in PostgreSQL's arrayfuncs.c.)
@safe package final class ColumnBuilder {
    /// The type of the elements.
    package enum Element: BitwiseCopyable, Sendable {
        case text, int8, int4, int2, timestamptz, bool, json, jsonb, bytea

        var oid: UInt32 {
            switch self {
            case .text: 25
            case .int8: 20
            case .int4: 23
            case .int2: 21
            case .timestamptz: 1184
            case .bool: 16
            case .json: 114
            case .jsonb: 3802
            case .bytea: 17
            }
        }

        var arrayOid: UInt32 {
            switch self {
            case .text: 1009
            case .int8: 1016
            case .int4: 1007
            case .int2: 1005
            case .timestamptz: 1185
            case .bool: 1000
            case .json: 199
            case .jsonb: 3807
            case .bytea: 1001
            }
        }
    }

    package let element: Element
    /// How many elements have been appended since the last reset.
    package var count: Int { unsafe state.pointee.count }
    /// How many bytes there is memory for.
    var capacity: Int { unsafe state.pointee.capacity }
    /// Appends without a reference to the builder, which must outlive it.
    package let writer: ColumnWriter

    private let state: UnsafeMutablePointer<ColumnWriter.State>

    /// - Parameter capacity: bytes reserved at the start. Few: a stage has hundreds of columns, and most of them hold little.
    package init(_ element: Element, capacity: Int = 256) {
        self.element = element
        let capacity = unsafe max(capacity, ColumnWriter.headerSize)
        guard let memory = unsafe malloc(capacity) else { fatalError("out of memory") }
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: ColumnWriter.State(storage: memory, capacity: capacity))
        unsafe writer = ColumnWriter(element, state)
    }

    deinit {
        unsafe free(state.pointee.storage)
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// Forgets the elements and keeps the memory, as far as the last resets have shown that it is needed: there are hundreds of columns, and what one row in a
    /// while or one unusual batch needed would stay with each.
    package func reset() {
        unsafe state.pointee.settle()
        unsafe state.pointee.count = 0
        unsafe state.pointee.length = ColumnWriter.headerSize
        unsafe state.pointee.hasNull = false
    }

    /// Takes elements out again; the others close up.
    ///
    /// - Parameter places: which, counted from 0, ascending and each once.
    package func remove(_ places: [Int]) {
        guard let first = places.first else { return }
        let storage = unsafe state.pointee.storage, count = unsafe state.pointee.count
        precondition(first >= 0 && places[places.count - 1] < count, "an element that is not there was to be removed")
        var read = unsafe ColumnWriter.headerSize, written = read, next = 0
        for place in 0..<count {
            let size = unsafe Int(max(0, Int32(bigEndian: (storage + read).loadUnaligned(as: Int32.self)))) + 4
            if next < places.count, places[next] == place {
                next += 1
            } else {
                if written != read { unsafe memmove(storage + written, storage + read, size) }
                written += size
            }
            read += size
        }
        unsafe state.pointee.length = written
        unsafe state.pointee.count = count - places.count
    }

    package func appendNull() { unsafe writer.appendNull() }

    /// Appends raw content to a text, json, jsonb or bytea column. The bytes are copied; the server checks encoding and syntax.
    package func append(bytes: UnsafeRawBufferPointer) { unsafe writer.append(bytes: bytes) }

    /// Appends a string to a text, json or jsonb column.
    package func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Appends to an int8, int4 or int2 column (a value that does not fit is our bug and stops the process), or to a timestamptz column, in microseconds since 1970.
    package func append(_ value: Int64) { unsafe writer.append(value) }

    /// Appends to a bool column.
    package func append(_ value: Bool) { unsafe writer.append(value) }

    /// Appends the value, or NULL.
    package func append(_ value: Int64?) {
        if let value { append(value) } else { appendNull() }
    }

    /// Appends the value, or NULL.
    package func append(_ value: String?) {
        if let value { append(value) } else { appendNull() }
    }

    /// Appends the value, or NULL.
    package func append(_ value: Bool?) {
        if let value { append(value) } else { appendNull() }
    }

    /// Appends the bytes, or NULL.
    package func append(bytes: UnsafeRawBufferPointer?) {
        if let bytes = unsafe bytes { unsafe append(bytes: bytes) } else { appendNull() }
    }

    /// Completes the header and gives the bytes to send; valid until the next change.
    func finished() -> UnsafeRawBufferPointer {
        let storage = unsafe state.pointee.storage, count = unsafe state.pointee.count
        unsafe ColumnWriter.put(Int32(count == 0 ? 0 : 1), at: storage) // dimensions
        unsafe ColumnWriter.put(Int32(state.pointee.hasNull ? 1 : 0), at: storage + 4)
        unsafe ColumnWriter.put(element.oid, at: storage + 8)
        unsafe ColumnWriter.put(Int32(count), at: storage + 12)
        unsafe ColumnWriter.put(Int32(1), at: storage + 16) // lower bound
        // An empty array has no dimension, so nothing behind the element type.
        return unsafe UnsafeRawBufferPointer(start: storage, count: count == 0 ? 12 : state.pointee.length)
    }
}
