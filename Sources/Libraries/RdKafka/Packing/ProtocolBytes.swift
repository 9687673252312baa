// Kafka's integers: big-endian, at any byte (Kafka protocol guide, "Protocol Primitive Types"). A position beyond the end is the caller's fault and traps.

extension UnsafeRawBufferPointer {
    func int16(at position: Int) -> Int16 {
        unsafe Int16(bigEndian: loadUnaligned(fromByteOffset: position, as: Int16.self))
    }
    func int32(at position: Int) -> Int32 {
        unsafe Int32(bigEndian: loadUnaligned(fromByteOffset: position, as: Int32.self))
    }
}

extension [UInt8] {
    mutating func append(int16 value: Int16) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }
    mutating func append(int32 value: Int32) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }
    mutating func replace(int32 value: Int32, at position: Int) {
        unsafe withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: value.bigEndian, toByteOffset: position, as: Int32.self)
        }
    }
}
