import Ingest

extension HostileRows {
    /// Bodies that are signed rightly and are not what they should be: answered 204 all the same, for Dodo would only send them again.
    mutating func addBodies() {
        let good = String(decoding: RawDelivery.payment("x"), as: UTF8.self)
        let limit = IngestSettings.maxBodyBytes
        func padded(_ size: Int) -> String { #"{"type":"payment.succeeded","data":{"payment_id":"pay_1","x":""# + String(repeating: "x", count: size - 64) + #""}}"# }
        addBody("1 MiB", .taken, padded(limit + 64 - padded(64).utf8.count))
        addBody("1 MiB and a byte", .refused(413), padded(limit + 65 - padded(64).utf8.count))

        addBody("broken JSON", .parked("not-json/unterminated"), #"{"type":"payment.succeeded","data":{"#)
        addBody("no JSON at all", .parked("not-json/unexpected"), "hello")
        addBody("an empty body", .parked("not-json/empty"), "")
        addBody("white space", .parked("not-json/empty"), " \r\n\t ")
        addBody("an array", .parked("not-json/notAnObject"), "[\(good)]")
        addBody("a string", .parked("not-json/notAnObject"), #""payment.succeeded""#)
        addBody("a number", .parked("not-json/notAnObject"), "42")
        addBody("null", .parked("not-json/notAnObject"), "null")
        addBody("two documents", .parked("not-json/trailingContent"), good + good)
        addBody("invalid UTF-8 in a text", .parked("not-json/invalidUTF8"), Array(#"{"type":"payment.succeeded","data":{"payment_id":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8))
        addBody("an overlong encoding", .parked("not-json/invalidUTF8"), Array(#"{"a":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8))
        addBody("UTF-16", .parked("not-json/controlCharacter"), Array(good.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }))
        addBody("a byte order mark", .parked("not-json/byteOrderMark"), [0xEF, 0xBB, 0xBF] + Array(good.utf8))
        addBody("100,000 arrays in one another", .parked("not-json/tooDeep"), #"{"type":"payment.succeeded","data":"# + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}")
        addBody("100,000 open objects", .parked("not-json/tooDeep"), String(repeating: #"{"a":"#, count: 100_000))
        addBody("a NUL behind it", .parked("not-json/trailingContent"), Array(good.utf8) + [0])
        addBody("a NUL in a text", .parked("not-json/controlCharacter"), Array(#"{"type":"payment.succeeded","data":{"payment_id":"a"#.utf8) + [0] + Array(#"b"}}"#.utf8))
        addBody("half a surrogate pair", .parked("not-json/loneSurrogate"), #"{"type":"payment.succeeded","data":{"x":"\ud800"}}"#)
        addBody("a number that is none", .parked("not-json/invalidNumber"), #"{"type":"payment.succeeded","data":{"x":01}}"#)
        addBody("a comma too many", .parked("not-json/unexpected"), #"{"type":"payment.succeeded","data":{},}"#)
        addBody("no type", .parked("no-type"), #"{"data":{"payment_id":"pay_1"}}"#)
        addBody("a type that is no text", .parked("type-is-no-text"), #"{"type":["payment.succeeded"],"data":{}}"#)
        addBody("an unknown type", .parked("unknown-type"), #"{"type":"payment.teleported","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":"pay_1"}}"#)
        addBody("a type of 100 kB", .parked("unknown-type"), #"{"type":"\#(String(repeating: "a", count: 100_000))","data":{}}"#)
        addBody("a type with a line end in it", .parked("unknown-type"), #"{"type":"payment.succeeded\r\nx: y","data":{}}"#)
        addBody("data that is no object", .parked("data-is-no-object"), #"{"type":"payment.succeeded","data":"pay_1"}"#)

        addBody("an escaped NUL", .taken, #"{"type":"payment.succeeded","data":{"payment_id":"pay_\u0000"}}"#)
        addBody("duplicate keys", .taken, #"{"type":"payment.failed","type":"payment.succeeded","data":{"payment_id":"a","payment_id":"pay_1"}}"#)
        addBody("numbers beyond 64 bits", .taken, #"{"type":"payment.succeeded","data":{"payment_id":"pay_1","total_amount":123456789012345678901234567890,"x":1e999}}"#)
        addBody("an id that is a number", .taken, #"{"type":"payment.succeeded","data":{"payment_id":5}}"#)
        addBody("a time that is none", .taken, #"{"type":"payment.succeeded","timestamp":"yesterday","data":{"payment_id":"pay_1"}}"#)
        addBody("keys in escapes", .taken, #"{"\u0074ype":"payment.succeede\u0064","d\u0061ta":{"payment_id":"pay_1"}}"#)
    }
}
