import CSimdJSON

/// Reads the fields of a plan from one document after another, each of which it checks wholly; owns simdjson's parser and the memory that both work in.
///
/// Belongs to one thread at a time (it is not Sendable): one for each loop thread, lane or task. The memory is about four bytes for each byte of the longest
/// text so far, rounded up to a power of two, and a fifth once a text had an escape; it is kept, so reading allocates nothing in the long run.
@safe package final class JSONReader {
    /// Objects and arrays inside one another, the outermost counted.
    package static let defaultMaxDepth = 256
    /// Bytes of a text.
    package static let defaultMaxBytes = 16 << 20

    package let plan: FieldPlan
    private let handle: OpaquePointer
    private var isReading = false

    /// - Parameters:
    ///   - plan: which fields to read.
    ///   - maxDepth: what is nested deeper is a fault; 1 to 65,536. The stack does not grow with it.
    ///   - maxBytes: what is longer is a fault; 1 to 2^30.
    package init(_ plan: FieldPlan, maxDepth: Int = defaultMaxDepth, maxBytes: Int = defaultMaxBytes) {
        precondition(maxDepth >= 1 && maxDepth <= 65_536 && maxBytes >= 1 && maxBytes <= 1 << 30, "limits out of range")
        self.plan = plan
        guard let reader = unsafe nicobar_json_reader_new(plan.handle, UInt32(maxDepth), maxBytes) else { fatalError("no memory for a JSON reader") }
        unsafe handle = reader
    }

    deinit { unsafe nicobar_json_reader_free(handle) }

    /// Checks a document from its first byte to its last and lends the fields of the plan.
    ///
    /// Members that are not in the plan are checked and ignored. Of equal names in one object the last one counts, with all that is in it. Names match however they are
    /// escaped. A path that leads through something other than an object is missing.
    /// - Parameters:
    ///   - text: one JSON object in UTF-8, white space around it allowed. Lent; not one byte behind it is read.
    ///   - body: gets the fields, which hold until it returns. It must not read with the same reader.
    /// - Throws: when the text is anything else, whether or not the fields of the plan could have been read.
    package func read<Value: ~Copyable>(_ text: UnsafeRawBufferPointer, _ body: (borrowing FieldValues) -> Value) throws(JSONFault) -> Value {
        precondition(!isReading, "one document at a time")
        let outcome = unsafe nicobar_json_read(handle, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count)
        guard outcome.fault == NICOBAR_JSON_OK.rawValue else { throw unsafe JSONFault(outcome, in: text) }
        isReading = true
        defer { isReading = false }
        return unsafe body(FieldValues(nicobar_json_values(handle), plan: plan, containsNUL: outcome.has_nul))
    }
}
