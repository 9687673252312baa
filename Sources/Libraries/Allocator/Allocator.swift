import CMalloc

/// The process's allocator, glibc's.
package enum Allocator {
    /// Gives the pages that nothing stands on any more back to the system. Left to itself the allocator returns only what lies at the end of a heap, so a process
    /// would stay as large as its busiest moment made it. From any thread; takes a moment for each heap, so for times of rest. (malloc_trim(3))
    ///
    /// - Returns: whether there was anything to give back.
    @discardableResult
    package static func giveBack() -> Bool { malloc_trim(0) == 1 }
}
