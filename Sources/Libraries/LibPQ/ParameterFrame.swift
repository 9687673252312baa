import Glibc

/// The four parallel arrays that libpq wants for bound values, and the memory the values live in while it copies them.
///
/// One frame belongs to one connection and is filled again for every statement, so binding allocates only when a statement is larger than any before.
@safe final class ParameterFrame {
    private(set) var count: Int32 = 0
    private(set) var values: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private(set) var lengths: UnsafeMutablePointer<Int32>
    private(set) var formats: UnsafeMutablePointer<Int32>
    private(set) var types: UnsafeMutablePointer<UInt32>
    private var slots: Int
    private var arena: UnsafeMutableRawPointer
    private var arenaCapacity: Int
    private var arenaLength = 0

    init() {
        slots = 32
        arenaCapacity = 1024
        unsafe values = .allocate(capacity: slots)
        unsafe lengths = .allocate(capacity: slots)
        unsafe formats = .allocate(capacity: slots)
        unsafe types = .allocate(capacity: slots)
        unsafe arena = .allocate(byteCount: arenaCapacity, alignment: 8)
    }

    deinit { release() }

    private func release() {
        unsafe values.deallocate()
        unsafe lengths.deallocate()
        unsafe formats.deallocate()
        unsafe types.deallocate()
        unsafe arena.deallocate()
    }

    /// Lays out the parameters. What the frame points to is valid until the next `fill`, and no longer than the builders among the parameters live unchanged.
    func fill(_ parameters: [Parameter]) {
        reserve(parameters)
        arenaLength = 0
        count = Int32(parameters.count)
        for (index, parameter) in parameters.enumerated() {
            unsafe types[index] = parameter.typeOid
            unsafe formats[index] = 1
            switch parameter {
            case .null: unsafe set(index, nil, 0)
            case .text(let text): place(text, at: index)
            case .int8(let value): integer(value, at: index)
            case .int4(let value): integer(value, at: index)
            case .int2(let value): integer(value, at: index)
            case .bool(let value): integer(UInt8(value ? 1 : 0), at: index)
            case .timestamp(let value): integer(value - microsecondsFrom1970To2000, at: index)
            case .bytes(let bytes): unsafe bytes.withUnsafeBytes { unsafe set(index, keep($0), $0.count) }
            case .array(let column):
                let bytes = unsafe column.finished()
                unsafe set(index, bytes.baseAddress, bytes.count)
            }
        }
    }

    /// The arena is sized beforehand: growing it midway would move the values already pointed to.
    private func reserve(_ parameters: [Parameter]) {
        var needed = 0
        for parameter in parameters {
            switch parameter {
            case .text(let text): needed += text.utf8.count + 1
            case .bytes(let bytes): needed += bytes.count + 1
            default: needed += 9
            }
        }
        guard needed > arenaCapacity || parameters.count > slots else { return }
        release()
        slots = max(slots, parameters.count)
        arenaCapacity = max(arenaCapacity, needed * 2)
        unsafe values = .allocate(capacity: slots)
        unsafe lengths = .allocate(capacity: slots)
        unsafe formats = .allocate(capacity: slots)
        unsafe types = .allocate(capacity: slots)
        unsafe arena = .allocate(byteCount: arenaCapacity, alignment: 8)
    }

    private func place(_ text: String, at index: Int) {
        var text = text
        text.withUTF8 { utf8 in
            // In text form libpq stops at the first NUL, which would silently shorten the value; in binary form the server sees and refuses it (22021).
            unsafe formats[index] = utf8.contains(0) ? 1 : 0
            unsafe set(index, keep(UnsafeRawBufferPointer(utf8)), utf8.count)
        }
    }

    private func integer(_ value: some FixedWidthInteger, at index: Int) {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe set(index, keep($0), $0.count) }
    }

    /// Copies into the arena, with a NUL behind it for values in text form.
    private func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
        let place = unsafe arena + arenaLength
        if let start = bytes.baseAddress { unsafe memcpy(place, start, bytes.count) }
        unsafe (place + bytes.count).storeBytes(of: 0, as: UInt8.self)
        arenaLength += bytes.count + 1
        return UnsafeRawPointer(place)
    }

    private func set(_ index: Int, _ value: UnsafeRawPointer?, _ length: Int) {
        unsafe values[index] = value?.assumingMemoryBound(to: CChar.self)
        unsafe lengths[index] = Int32(length)
    }
}
