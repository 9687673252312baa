import Events
import RdKafka

/// Why a worker does not start; one line for the person who starts it.
package struct WorkerRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// Compares the broker's topics with those that the worker consumes.
    ///
    /// - Returns: nil when all are there, with equally many partitions, so that lane p is partition p of each.
    static func fault(in metadata: ClusterMetadata, topics: [String], partitions planned: Int) -> WorkerRefusal? {
        let counts = Dictionary(metadata.topics.map { ($0.name, $0.partitions.count) }) { first, _ in first }
        let missing = topics.filter { (counts[$0] ?? 0) == 0 }
        if let first = missing.first {
            return WorkerRefusal("topic \(first)\(missing.count == 1 ? "" : " and \(missing.count - 1) more") does not exist; run: nicobar topics apply")
        }
        if let few = topics.first(where: { (counts[$0] ?? 0) < planned }) {
            return WorkerRefusal("topic \(few) has \(counts[few] ?? 0) partitions, \(planned) are planned; run: nicobar topics apply")
        }
        let different = Set(topics.compactMap { counts[$0] })
        if different.count > 1 {
            return WorkerRefusal("topics have unequal partition counts (\(different.sorted().map(String.init).joined(separator: ", "))); run: nicobar topics apply")
        }
        return nil
    }
}
