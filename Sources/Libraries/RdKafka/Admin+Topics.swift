import CRdKafka

/// A topic to be made.
package struct NewTopic: Sendable, Equatable {
    package let name: String
    package let partitions: Int
    /// How many copies; the broker's default when nil.
    package let replication: Int?
    /// Topic settings such as `retention.ms`.
    package let config: [String: String]

    package init(name: String, partitions: Int, replication: Int? = nil, config: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.config = config
    }
}

/// One setting of a topic, as the broker has it.
package struct TopicSetting: Sendable, Equatable {
    package let value: String
    /// Whether nobody has set it for this topic.
    package let isDefault: Bool

    package init(value: String, isDefault: Bool) {
        self.value = value
        self.isDefault = isDefault
    }
}

extension Admin {
    /// Makes topics.
    ///
    /// - Returns: what went wrong with which; `isAlreadyThere` among others. Empty when all were made.
    /// - Throws: `KafkaError` when the request as a whole had no answer.
    package func createTopics(_ topics: [NewTopic]) async throws(KafkaError) -> [String: KafkaError] {
        guard !topics.isEmpty else { return [:] }
        return try await request { (client, timeout) throws(KafkaError) in
            var made: [OpaquePointer?] = unsafe []
            defer { for unsafe one in unsafe made { unsafe rd_kafka_NewTopic_destroy(one) } }
            for topic in topics {
                let one = unsafe rd_kafka_NewTopic_new(topic.name, Int32(topic.partitions), Int32(topic.replication ?? -1), nil, 0)
                guard unsafe one != nil else {
                    throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, saying: "'\(topic.name)' with \(topic.partitions) partitions cannot be a topic")
                }
                for (name, value) in topic.config { unsafe _ = rd_kafka_NewTopic_set_config(one, name, value) }
                unsafe made.append(one)
            }
            return try unsafe Self.ask(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout: timeout) { client, options, queue in
                unsafe made.withUnsafeMutableBufferPointer { unsafe rd_kafka_CreateTopics(client, $0.baseAddress, $0.count, options, queue) }
            } read: { event in
                var count = 0
                let results = unsafe rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
                return unsafe Self.failures(results, count)
            }
        }
    }

    /// Raises the number of a topic's partitions.
    package func createPartitions(_ topic: String, total: Int) async throws(KafkaError) {
        try await request { (client, timeout) throws(KafkaError) in
            var one = unsafe rd_kafka_NewPartitions_new(topic, total, nil, 0)
            defer { unsafe rd_kafka_NewPartitions_destroy(one) }
            let failed = try unsafe Self.ask(client, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, timeout: timeout) { client, options, queue in
                unsafe rd_kafka_CreatePartitions(client, &one, 1, options, queue)
            } read: { event in
                var count = 0
                let results = unsafe rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count)
                return unsafe Self.failures(results, count)
            }
            if let error = failed[topic] { throw error }
        }
    }

    /// Deletes topics with all that is in them.
    ///
    /// - Returns: what went wrong with which.
    package func deleteTopics(_ names: [String]) async throws(KafkaError) -> [String: KafkaError] {
        guard !names.isEmpty else { return [:] }
        return try await request { (client, timeout) throws(KafkaError) in
            var made: [OpaquePointer?] = unsafe names.map { unsafe rd_kafka_DeleteTopic_new($0) }
            defer { for unsafe one in unsafe made { unsafe rd_kafka_DeleteTopic_destroy(one) } }
            return try unsafe Self.ask(client, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout: timeout) { client, options, queue in
                unsafe made.withUnsafeMutableBufferPointer { unsafe rd_kafka_DeleteTopics(client, $0.baseAddress, $0.count, options, queue) }
            } read: { event in
                var count = 0
                let results = unsafe rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
                return unsafe Self.failures(results, count)
            }
        }
    }

    /// The settings of topics that exist.
    ///
    /// - Returns: for each topic its settings by name.
    /// - Throws: `KafkaError` when the request had no answer, or a topic is not there.
    package func topicSettings(_ names: [String]) async throws(KafkaError) -> [String: [String: TopicSetting]] {
        guard !names.isEmpty else { return [:] }
        return try await request { (client, timeout) throws(KafkaError) in
            var made: [OpaquePointer?] = unsafe names.map { unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
            defer { for unsafe one in unsafe made { unsafe rd_kafka_ConfigResource_destroy(one) } }
            return try unsafe Self.ask(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout: timeout) { client, options, queue in
                unsafe made.withUnsafeMutableBufferPointer { unsafe rd_kafka_DescribeConfigs(client, $0.baseAddress, $0.count, options, queue) }
            } read: { (event) throws(KafkaError) in
                var count = 0
                guard let resources = unsafe rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count) else { return [:] }
                var result: [String: [String: TopicSetting]] = [:]
                for index in 0..<count {
                    guard let resource = unsafe resources[index] else { continue }
                    try unsafe KafkaError.check(rd_kafka_ConfigResource_error(resource))
                    unsafe result[String(cString: rd_kafka_ConfigResource_name(resource))] = Self.settings(of: resource)
                }
                return result
            }
        }
    }

    /// Sets settings of a topic. The request of librdkafka 2.0.2 replaces all that were set, so those set before are sent again with it.
    package func alterTopic(_ name: String, settings: [String: String]) async throws(KafkaError) {
        let present = try await topicSettings([name])[name] ?? [:]
        let all = present.filter { !$0.value.isDefault }.mapValues(\.value).merging(settings) { $1 }
        try await request { (client, timeout) throws(KafkaError) in
            var one = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
            defer { unsafe rd_kafka_ConfigResource_destroy(one) }
            for (setting, value) in all { unsafe _ = rd_kafka_ConfigResource_set_config(one, setting, value) }
            try unsafe Self.ask(client, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeout: timeout) { client, options, queue in
                unsafe rd_kafka_AlterConfigs(client, &one, 1, options, queue)
            } read: { (event) throws(KafkaError) in
                var count = 0
                guard let resources = unsafe rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count) else { return }
                for index in 0..<count { try unsafe KafkaError.check(rd_kafka_ConfigResource_error(resources[index])) }
            }
        }
    }

    private static func settings(of resource: OpaquePointer) -> [String: TopicSetting] {
        var count = 0
        guard let entries = unsafe rd_kafka_ConfigResource_configs(resource, &count) else { return [:] }
        var result: [String: TopicSetting] = [:]
        for index in 0..<count {
            guard let entry = unsafe entries[index], let name = unsafe rd_kafka_ConfigEntry_name(entry), let value = unsafe rd_kafka_ConfigEntry_value(entry)
            else { continue }
            // A setting of the broker that shines through is not the topic's own.
            let source = unsafe rd_kafka_ConfigEntry_source(entry)
            unsafe result[String(cString: name)] = TopicSetting(
                value: String(cString: value), isDefault: source != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
        }
        return result
    }

    private static func failures(_ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int) -> [String: KafkaError] {
        guard let results = unsafe results else { return [:] }
        var failed: [String: KafkaError] = [:]
        for index in 0..<count {
            guard let result = unsafe results[index] else { continue }
            let code = unsafe rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let text = unsafe rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }
            unsafe failed[String(cString: rd_kafka_topic_result_name(result))] = KafkaError(code, text: text)
        }
        return failed
    }
}
