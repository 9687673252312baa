import Settings
import Testing

@Suite("the environment") struct EnvironmentTests {
    enum Colour: String, CaseIterable { case red, green }

    @Test func `a variable set to nothing counts as not set`() throws {
        let environment = Environment(["A": ""])
        #expect(environment.value("A") == nil)
        #expect(environment.text("A", default: "b") == "b")
        #expect(try environment.integer("A", in: 1...9, default: 3) == 3)
        #expect(try environment.choice("A", default: Colour.green) == .green)
    }

    @Test(arguments: ["0", "10", "x", "1.5", "99999999999999999999", " 1"])
    func `a number out of bounds names the variable and the bounds`(text: String) {
        let error = #expect(throws: SettingsError.self) { try Environment(["WIDTH": text]).integer("WIDTH", in: 1...9, default: 3) }
        #expect(error?.description == "WIDTH is '\(text)'; expected a whole number from 1 to 9, for example WIDTH=3")
    }

    @Test func `a word that is none of the choices is answered with them`() {
        let error = #expect(throws: SettingsError.self) { try Environment(["C": "blue"]).choice("C", default: Colour.red) }
        #expect(error?.description == "C is 'blue'; expected red or green")
    }

    @Test(arguments: [("500ms", Duration.milliseconds(500)), ("10", .seconds(10)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600))])
    func `a time is a number and a unit`(text: String, expected: Duration) throws {
        #expect(try Environment(["T": text]).duration("T", in: .zero ... .seconds(7200), default: .zero) == expected)
    }

    @Test(arguments: ["", "s", "-1s", "1d", "1.5s", "9999999999999s", "3h"])
    func `anything else is no time`(text: String) {
        guard !text.isEmpty else { return }
        #expect(throws: SettingsError.self) { try Environment(["T": text]).duration("T", in: .zero ... .seconds(7200), default: .zero) }
    }

    @Test func `what was set is quoted short and without control characters`() {
        let error = #expect(throws: SettingsError.self) {
            try Environment(["N": "a\nb" + String(repeating: "c", count: 100)]).integer("N", in: 1...9, default: 1)
        }
        #expect(error?.description.contains("\n") == false)
        #expect((error?.problem.count ?? 999) < 75)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("[::1]:0", "[::1]:0"), (":9000", "0.0.0.0:9000"), ("localhost:1", "127.0.0.1:1"), ("0.0.0.0:65535", "0.0.0.0:65535"),
    ])
    func `an address to listen on is a literal and a port`(text: String, expected: String) {
        #expect(ListenAddress(text)?.description == expected)
    }

    @Test(arguments: ["8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "example.com:80", "1.2.3:80", "[1.2.3.4]:80", "1.2.3.4:-1", "256.1.1.1:1"])
    func `anything else is none`(text: String) { #expect(ListenAddress(text) == nil) }

    @Test func `PORT stands in for the address to listen on`() throws {
        let standard = ListenAddress(host: "127.0.0.1", port: 8080)
        #expect(try Environment([:]).mainListenAddress(default: standard) == standard)
        #expect(try Environment(["PORT": "3000"]).mainListenAddress(default: standard).description == "0.0.0.0:3000")
        #expect(try Environment(["PORT": "3000", "NICOBAR_LISTEN": "127.0.0.1:1"]).mainListenAddress(default: standard).port == 1)
        #expect(throws: SettingsError.self) { try Environment(["PORT": "x"]).mainListenAddress(default: standard) }
    }
}
