import CSimdJSON

/// Which fields to read from every document of a kind, made once.
///
/// Unchecked Sendable: nothing in it changes after `init`, and any number of readers on any threads may share it.
@safe package final class FieldPlan: @unchecked Sendable {
    /// The paths as they were given; the index of a path is the index of its value.
    package let paths: [String]
    let handle: OpaquePointer
    /// Where in the plan's preorder the value of each path stands.
    let positions: [Int]

    /// - Parameter paths: names of members from the outermost object inwards, joined by dots: `type`, `data.customer.customer_id`. A path may
    ///   lead through another one, and may be there twice. Members whose name is empty or has a dot in it, and elements of arrays, have no path.
    package init(_ paths: [String]) {
        self.paths = paths
        var root = Branch()
        for (index, path) in paths.enumerated() {
            let names = path.split(separator: ".", omittingEmptySubsequences: false)
            precondition(names.allSatisfy { !$0.isEmpty }, "a path with an empty name")
            root.insert(names[...], index: index)
        }
        var flat = Flat(positions: Array(repeating: 0, count: paths.count))
        flat.add(root, named: "")
        positions = flat.positions
        unsafe handle = flat.makePlan()
    }

    deinit { unsafe nicobar_json_plan_free(handle) }
}

/// A name and all that is asked for below it.
private struct Branch {
    var indexes: [Int] = []
    var children: [(name: String, branch: Branch)] = []

    mutating func insert(_ names: ArraySlice<Substring>, index: Int) {
        guard let first = names.first else { return indexes.append(index) }
        // Names are compared by their bytes, as the reader does: String has canonically equivalent ones equal.
        let position = children.firstIndex { $0.name.utf8.elementsEqual(first.utf8) }
        if position == nil { children.append((String(first), Branch())) }
        children[position ?? children.endIndex - 1].branch.insert(names.dropFirst(), index: index)
    }
}

/// The same in preorder, as the C side wants it.
private struct Flat {
    var positions: [Int]
    private var names: [UInt8] = []
    private var keys: [(offset: Int, length: Int, end: Int)] = []

    init(positions: [Int]) { self.positions = positions }

    mutating func add(_ branch: Branch, named name: String) {
        let position = keys.count
        keys.append((names.count, name.utf8.count, 0))
        names.append(contentsOf: name.utf8)
        for index in branch.indexes { positions[index] = position }
        for child in branch.children { add(child.branch, named: child.name) }
        keys[position].end = keys.count
    }

    func makePlan() -> OpaquePointer {
        unsafe names.withUnsafeBufferPointer { names in
            let keys = unsafe keys.map { key in
                unsafe nicobar_json_key(name: names.baseAddress.map { unsafe $0 + key.offset }, length: key.length, end: UInt32(key.end))
            }
            guard let plan = unsafe nicobar_json_plan_new(keys, UInt32(keys.count)) else { fatalError("no memory for a plan of fields") }
            return unsafe plan
        }
    }
}
