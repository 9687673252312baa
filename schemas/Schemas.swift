/// The files of this folder that programs carry inside them.
package enum Schemas {
    /// The bytes of `topics.json`.
    package static var topics: [UInt8] { PackageResources.topics_json }

    /// Every migration in order, with the SQL that applies it and the SQL that takes it back.
    package static var migrations: [(version: Int, name: String, up: String, down: String)] {
        [
            (1, "worker", text(PackageResources._001_worker_up_sql), text(PackageResources._001_worker_down_sql)),
            (2, "billing", text(PackageResources._002_billing_up_sql), text(PackageResources._002_billing_down_sql)),
            (3, "outbox", text(PackageResources._003_outbox_up_sql), text(PackageResources._003_outbox_down_sql)),
            (4, "fulfilment", text(PackageResources._004_fulfilment_up_sql), text(PackageResources._004_fulfilment_down_sql)),
            (5, "licensing", text(PackageResources._005_licensing_up_sql), text(PackageResources._005_licensing_down_sql)),
            (6, "leaner indexes", text(PackageResources._006_leaner_indexes_up_sql), text(PackageResources._006_leaner_indexes_down_sql)),
            (7, "dodo key facts", text(PackageResources._007_dodo_key_facts_up_sql), text(PackageResources._007_dodo_key_facts_down_sql)),
            (8, "ignored events", text(PackageResources._008_ignored_events_up_sql), text(PackageResources._008_ignored_events_down_sql)),
            (9, "functions in place", text(PackageResources._009_functions_in_place_up_sql), text(PackageResources._009_functions_in_place_down_sql)),
            (10, "parked by cause", text(PackageResources._010_parked_by_cause_up_sql), text(PackageResources._010_parked_by_cause_down_sql)),
        ]
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
