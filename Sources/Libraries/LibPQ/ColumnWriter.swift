import Glibc

/// Appends to the array of a `ColumnBuilder`, without a reference to it that would have to be counted for every value of every row.
///
/// Lent: the builder must outlive it. Confined to one thread at a time, as the builder is.
@unsafe package struct ColumnWriter: BitwiseCopyable {
    /// What changes with every value. Behind a pointer, since each access to a property of a class is checked for exclusivity at run time, which cost a
    /// twentieth of a worker's time.
    @unsafe struct State {
        var storage: UnsafeMutableRawPointer
        var capacity: Int
        var length = unsafe ColumnWriter.headerSize
        var count = 0
        var hasNull = false
        /// How much was in use at the last resets, the older the less it counts.
        private var recent = 0

        init(storage: UnsafeMutableRawPointer, capacity: Int) {
            unsafe self.storage = storage
            unsafe self.capacity = capacity
        }

        /// Gives memory back when there is more than twice of what was in use lately.
        mutating func settle() {
            unsafe recent = max(length, recent / 2)
            let enough = unsafe max(Self.least, recent)
            guard unsafe capacity > 2 * enough, let smaller = unsafe realloc(storage, enough) else { return }
            unsafe storage = smaller
            unsafe capacity = enough
        }

        /// Below this nothing is given back.
        private static let least = 8 << 10
    }

    /// Dimensions, whether there are nulls, the elements' type, their count, the lower bound.
    static let headerSize = 20
    private let element: ColumnBuilder.Element
    private let state: UnsafeMutablePointer<State>

    init(_ element: ColumnBuilder.Element, _ state: UnsafeMutablePointer<State>) {
        unsafe self.element = element
        unsafe self.state = state
    }

    /// Appends NULL.
    package func appendNull() {
        unsafe state.pointee.hasNull = true
        unsafe Self.put(Int32(-1), at: grow(by: 4))
        unsafe state.pointee.count += 1
    }

    /// Appends raw content to a text, json, jsonb or bytea column. The bytes are copied; the server checks encoding and syntax.
    package func append(bytes: UnsafeRawBufferPointer) {
        switch unsafe element {
        case .text, .json, .bytea:
            unsafe copy(bytes, to: open(bytes.count))
        case .jsonb:
            let place = unsafe open(bytes.count + 1)
            unsafe place.storeBytes(of: 1, as: UInt8.self) // the version of jsonb's binary form
            unsafe copy(bytes, to: place + 1)
        case .int8, .int4, .int2, .timestamptz, .bool:
            preconditionFailure("bytes appended to a column of \(unsafe element)")
        }
    }

    /// Appends to an int8, int4 or int2 column (a value that does not fit is our bug and stops the process), or to a timestamptz column, in microseconds since 1970.
    package func append(_ value: Int64) {
        switch unsafe element {
        case .int8: unsafe Self.put(value, at: open(8))
        case .int4: unsafe Self.put(Int32(value), at: open(4))
        case .int2: unsafe Self.put(Int16(value), at: open(2))
        case .timestamptz: unsafe Self.put(value - microsecondsFrom1970To2000, at: open(8))
        case .text, .bool, .json, .jsonb, .bytea: preconditionFailure("an integer appended to a column of \(unsafe element)")
        }
    }

    /// Appends to a bool column.
    package func append(_ value: Bool) {
        precondition(unsafe element == .bool, "a boolean appended to a column of \(unsafe element)")
        unsafe open(1).storeBytes(of: value ? 1 : 0, as: UInt8.self)
    }

    /// Starts an element of `size` bytes and gives the place for them.
    private func open(_ size: Int) -> UnsafeMutableRawPointer {
        let place = unsafe grow(by: 4 + size)
        unsafe Self.put(Int32(size), at: place)
        unsafe state.pointee.count += 1
        return unsafe place + 4
    }

    private func grow(by size: Int) -> UnsafeMutableRawPointer {
        let length = unsafe state.pointee.length, needed = length + size
        if unsafe needed > state.pointee.capacity { unsafe enlarge(to: needed) }
        unsafe state.pointee.length = needed
        return unsafe state.pointee.storage + length
    }

    private func enlarge(to needed: Int) {
        let larger = unsafe max(state.pointee.capacity * 2, needed)
        guard let moved = unsafe realloc(state.pointee.storage, larger) else { fatalError("out of memory") }
        unsafe state.pointee.storage = moved
        unsafe state.pointee.capacity = larger
    }

    /// Writes a number as the network has it.
    static func put(_ value: some FixedWidthInteger, at place: UnsafeMutableRawPointer) {
        unsafe place.storeBytes(of: value.bigEndian, as: type(of: value))
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
        if let start = bytes.baseAddress { unsafe memcpy(place, start, bytes.count) }
    }
}
