// Whatever a genuine body holds, it gets a way: a known type, or a reason why not; and what becomes a header or a key is fit for one.
import Events
import Foundation
@testable import Ingest

nonisolated(unsafe) private let reader = EnvelopeReader()

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzEnvelope(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var calls = 0
    reader.route(UnsafeRawBufferPointer(start: start, count: count)) { route in
        calls += 1
        precondition((route.type == nil) == (route.reason != nil), "recognised and not, or neither")
        if let name = route.typeName { precondition(name.allSatisfy { $0 > 32 && $0 < 127 } && name.count <= 200, "a type that is no header") }
        if let type = route.type { precondition(route.typeName.map { String(decoding: $0, as: UTF8.self) } == type.rawValue, "another type than the body's") }
        if let time = route.time { precondition(Timestamp(rfc3339: time) != nil, "a time that is none") }
        if let key = route.key { precondition(!key.isEmpty && key.count <= EntityKey.maxBytes, "a key that is none") }
        // An independent reader must agree that it is JSON when a type was recognised.
        if route.type != nil {
            let data = Data(bytes: start!, count: count)
            precondition((try? JSONSerialization.jsonObject(with: data)) != nil || isBeyondFoundation(data), "a type out of something that is no JSON")
        }
    }
    precondition(calls == 1, "a body with \(calls) ways")
    return 0
}

/// Foundation refuses numbers beyond a double, deep nesting and some escapes that the grammar allows.
private func isBeyondFoundation(_ data: Data) -> Bool {
    data.contains { $0 == UInt8(ascii: "\\") } || data.contains { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } || data.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") } > 100
}
