import CRdKafka

/// librdkafka's configuration: property names and their texts (its CONFIGURATION.md).
package struct KafkaProperties: Sendable, ExpressibleByDictionaryLiteral {
    private var values: [String: String]

    package init(dictionaryLiteral elements: (String, String)...) { values = Dictionary(elements) { $1 } }

    package subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// These properties, with those of `standard` where these have none.
    package func over(_ standard: KafkaProperties) -> KafkaProperties {
        var result = self
        result.values = standard.values.merging(values) { $1 }
        return result
    }

    /// Reads every variable that begins with `KAFKA_` as a property: `KAFKA_SASL_USERNAME` is `sasl.username` (DESIGN §13).
    ///
    /// `KAFKA_GROUP_ID` and `KAFKA_GROUP_INSTANCE_ID` are left to those who consume; `KAFKA_HOME`, `KAFKA_OPTS`, `KAFKA_HEAP_OPTS` and the like
    /// belong to Kafka's own scripts. A variable that names no property of librdkafka is refused when a client is made, by name.
    package static func fromEnvironment(_ environment: [String: String]) -> KafkaProperties {
        let foreign: Set<String> = [
            "KAFKA_HOME", "KAFKA_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_DEBUG",
            "KAFKA_GROUP_ID", "KAFKA_GROUP_INSTANCE_ID",
        ]
        var properties = KafkaProperties()
        for (name, value) in environment where name.hasPrefix("KAFKA_") && !foreign.contains(name) && !value.isEmpty {
            // A secret in a file is read by whoever reads settings.
            guard !name.hasSuffix("_FILE") else { continue }
            properties[name.dropFirst(6).lowercased().split(separator: "_").joined(separator: ".")] = value
        }
        return properties
    }

    /// Makes a configuration that the caller owns.
    ///
    /// - Throws: `KafkaError` that names the property which librdkafka does not take; never its value.
    func configuration() throws(KafkaError) -> OpaquePointer {
        guard let configuration = unsafe rd_kafka_conf_new() else { throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE) }
        for (name, value) in values {
            let result = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { complaint in
                unsafe rd_kafka_conf_set(configuration, name, value, complaint.baseAddress, complaint.count)
            }
            if result != RD_KAFKA_CONF_OK {
                unsafe rd_kafka_conf_destroy(configuration)
                let variable = "KAFKA_" + name.uppercased().replacing(".", with: "_")
                throw KafkaError(
                    RD_KAFKA_RESP_ERR__INVALID_ARG,
                    saying: result == RD_KAFKA_CONF_UNKNOWN
                        ? "'\(name)' (\(variable)) is no property of librdkafka" : "'\(name)' (\(variable)) does not take the value it was given")
            }
        }
        return unsafe configuration
    }
}
