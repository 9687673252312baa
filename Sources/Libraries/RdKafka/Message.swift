import CRdKafka

/// One header to send. The name is a constant of the program, the value is lent for the length of the call.
@unsafe package struct HeaderToSend {
    package let name: StaticString
    package let value: UnsafeRawBufferPointer

    package init(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        unsafe self.name = name
        unsafe self.value = unsafe value
    }
}

/// Where a message was written.
package struct Receipt: Sendable, Equatable {
    package let topic: String
    package let partition: Int32
    package let offset: Int64
}
