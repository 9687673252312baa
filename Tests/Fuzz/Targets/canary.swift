// Must be found to fail: proves that the fuzzer sees what the code does. Only coverage leads to all four bytes within some seconds.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzzCanary(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard count >= 4, let start else { return 0 }
    if start[0] == UInt8(ascii: "d"), start[1] == UInt8(ascii: "o"), start[2] == UInt8(ascii: "d"), start[3] == UInt8(ascii: "o") {
        preconditionFailure("the canary sings")
    }
    return 0
}
