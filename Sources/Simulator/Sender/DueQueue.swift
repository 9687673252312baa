/// Things to do later, the earliest first: a binary heap.
struct DueQueue<Element> {
    private var heap: [(due: Int64, element: Element)] = []

    var isEmpty: Bool { heap.isEmpty }
    var earliest: Int64? { heap.first?.due }

    mutating func insert(_ element: Element, due: Int64) {
        heap.append((due, element))
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes the earliest element if its time has come.
    mutating func pop(by now: Int64) -> Element? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].due < heap[least].due { least = child }
            if least == parent { return first.element }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
