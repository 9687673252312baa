package import Simulator

/// Every order of the elements, by Heap's algorithm.
package func forEachPermutation<Element>(_ elements: [Element], _ body: ([Element]) throws -> Void) rethrows {
    var elements = elements
    var counters = Array(repeating: 0, count: elements.count)
    try body(elements)
    var index = 1
    while index < elements.count {
        if counters[index] < index {
            elements.swapAt(index % 2 == 0 ? 0 : counters[index], index)
            try body(elements)
            counters[index] += 1
            index = 1
        } else {
            counters[index] = 0
            index += 1
        }
    }
}

/// The elements in an order that the seed decides.
package func shuffled<Element>(_ elements: [Element], _ random: inout SplitMix64) -> [Element] {
    var elements = elements
    for index in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(index, Int(random.next() % UInt64(index + 1))) }
    return elements
}

/// The elements in batches of one to eight.
package func batches<Element>(_ elements: [Element], _ random: inout SplitMix64) -> [[Element]] {
    var batches: [[Element]] = []
    var rest = elements[...]
    while !rest.isEmpty {
        let size = Int(random.next() % 8) + 1
        batches.append(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
    }
    return batches
}
