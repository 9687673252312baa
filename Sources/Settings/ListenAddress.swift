/// Where a server listens: an address literal and a port.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IPv4 or IPv6 literal, without brackets.
    package let host: String
    /// 0 takes any free port.
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `[::1]:8080`, or `:8080` for all addresses of this machine. `localhost` is 127.0.0.1; other names are not looked up.
    ///
    /// - Returns: nil when it is nothing of the kind.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(portText) else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        } else {
            if host.isEmpty { host = "0.0.0.0" }
            if host == "localhost" { host = "127.0.0.1" }
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else { return nil }
        }
        self.init(host: host, port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Environment {
    /// Where to listen; nil when the variable is not set.
    ///
    /// - Throws: `SettingsError` when it is no address.
    package func listenAddress(_ name: String) throws(SettingsError) -> ListenAddress? {
        guard let text = value(name) else { return nil }
        guard let address = ListenAddress(text) else {
            throw SettingsError(name, "is \(quoted(text))", expected: "an address and a port", example: "127.0.0.1:8080")
        }
        return address
    }

    /// Where a process with an HTTP side listens: `NICOBAR_LISTEN`, else all addresses at `PORT`, else the standard (DESIGN §13).
    package func mainListenAddress(default standard: ListenAddress) throws(SettingsError) -> ListenAddress {
        if let address = try listenAddress("NICOBAR_LISTEN") { return address }
        guard value("PORT") != nil else { return standard }
        return ListenAddress(host: "0.0.0.0", port: UInt16(try integer("PORT", in: 0...65535, default: 8080)))
    }
}
