import HTTPServer

/// What senders hear. A refusal says no more than its status: the reasons are for our own logs and metrics.
enum Answers {
    /// Another try soon may find Kafka back; Dodo's own ladder is slower anyway.
    static let unavailable = HTTPResponse(503, text: "Kafka has not taken the delivery; try again", headers: [.init("Retry-After", "5")])
    static let unauthorised = HTTPResponse(401, text: "the signature does not verify")
    static let malformed = HTTPResponse(400, text: "a webhook header is repeated or unusable")
    static let notFound = HTTPResponse(404, text: "nothing here; deliveries go to POST /webhooks/dodo")
    static let onlyPost = HTTPResponse(405, text: "deliveries come by POST", headers: [.init("Allow", "POST")])
    static let onlyGet = HTTPResponse(405, text: "this can only be read", headers: [.init("Allow", "GET, HEAD")])
}
