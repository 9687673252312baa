import CSimdJSON

/// The fields of one document, in the order of the plan's paths; lent by `JSONReader.read`.
@safe package struct FieldValues: ~Copyable {
    private let values: UnsafePointer<nicobar_json_value>
    private let plan: FieldPlan

    /// Whether a string or a name anywhere in the document, read or not, has an escaped NUL (`\u0000`), which no text and no jsonb of PostgreSQL can hold.
    package let containsNUL: Bool

    init(_ values: UnsafePointer<nicobar_json_value>, plan: FieldPlan, containsNUL: Bool) {
        unsafe self.values = values
        self.plan = plan
        self.containsNUL = containsNUL
    }

    package var count: Int { plan.paths.count }

    /// The value of a path. What it points to holds as long as these values do.
    package subscript(index: Int) -> FieldValue {
        unsafe FieldValue(values + plan.positions[index])
    }
}
