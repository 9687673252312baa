import Foundation
@testable import Licensing
import Settings
import Simulator
import Testing

@Suite("a licence key") struct KeyTests {
    static let keys = KeyDerivation(master)
    static func key(_ line: Int = 1, generation: Int = 1) -> LicenceKey { keys.key(entitlement: "sub_1/pdt_1", line: line, generation: generation) }

    @Test func `is the same whenever and wherever it is derived`() {
        // Written down once: another text here would be another key in every customer's hands.
        #expect(Self.key().text(prefix: "ACME") == "ACME-6HFG8-SF59W-54Q86-B9BXG-G5N0T")
        #expect(Self.key() == KeyDerivation(master).key(entitlement: "sub_1/pdt_1", line: 1, generation: 1))
        let others = [Self.key(2), Self.key(generation: 2), Self.keys.key(entitlement: "sub_1/pdt_2", line: 1, generation: 1), Self.keys.key(entitlement: "sub_11/pdt_1", line: 1, generation: 1)]
        #expect(Set((others + [Self.key()]).map(\.compact)).count == 5)
        #expect(MasterSecret(encoded: String(repeating: "ab", count: 32)).map { KeyDerivation($0).key(entitlement: "sub_1/pdt_1", line: 1, generation: 1) } != Self.key())
    }

    @Test func `is read however a person types it`() {
        let key = Self.key(), text = key.text(prefix: "ACME")
        let readings = [
            text, text.lowercased(), text.replacing("-", with: ""), text.replacing("-", with: " "), "  \(text)\n", text.replacing("0", with: "o"),
            text.replacing("0", with: "O").replacing("1", with: "l"), text.replacing("1", with: "I"), key.text(prefix: nil), key.text(prefix: "LUNE"),
            text.map { "\($0) " }.joined(), text.replacing("-", with: "_"),
        ]
        for reading in readings { #expect(LicenceKey(reading: reading) == key, "\(reading.count) characters") }
        for other in ["", "ACME", String(text.dropLast()), text + "0", "\(text)é", String(repeating: "0", count: 500), "ABCDEFGHIJKLMNOPQ" + text] {
            #expect(LicenceKey(reading: other) != key)
        }
        #expect(LicenceKey(reading: text.replacing(text.suffix(5), with: "UUUUU")) == nil)
    }

    @Test func `shows one wrong character, two wrong ones, and any two exchanged`() {
        var random = SplitMix64(seed: 1)
        var unnoticed = ["one wrong": 0, "two wrong": 0, "two exchanged": 0]
        for line in 1...15 {
            let right = Self.key(line).symbols.values
            for place in 0..<25 {
                for value in UInt8(0)..<32 where value != right[place] {
                    var wrong = right
                    wrong[place] = value
                    if CheckedSymbols(values: wrong) != nil { unnoticed["one wrong", default: 0] += 1 }
                    let other = Int(random.next() % 25)
                    if other != place {
                        wrong[other] ^= UInt8(random.next() % 31) + 1
                        if CheckedSymbols(values: wrong) != nil { unnoticed["two wrong", default: 0] += 1 }
                    }
                }
                for other in 0..<place where right[place] != right[other] {
                    var wrong = right
                    wrong.swapAt(place, other)
                    if CheckedSymbols(values: wrong) != nil { unnoticed["two exchanged", default: 0] += 1 }
                }
            }
        }
        #expect(unnoticed == ["one wrong": 0, "two wrong": 0, "two exchanged": 0])
        var passed = 0
        for _ in 0..<20_000 where CheckedSymbols(values: (0..<25).map { _ in UInt8(random.next() % 32) }) != nil { passed += 1 }
        #expect(passed < 60, "about one in 1,024 of random words passes: \(passed) of 20,000")
    }

    @Test func `is looked up by a hash that nothing but the master secret makes`() throws {
        let key = Self.key()
        let hash = Self.keys.hash(key)
        #expect(Self.keys.hashes(typed: key.text(prefix: "OTHER").lowercased()).contains(hash))
        #expect(try #require(MasterSecret(encoded: String(repeating: "ab", count: 32)).map { KeyDerivation($0).hash(key) }) != hash)
        let dodo = Array("  dodo-key \n".utf8).withUnsafeBytes { Self.keys.hash(dodoKey: $0) }
        #expect(Self.keys.hashes(typed: "dodo-key").contains(dodo))
        #expect(!Self.keys.hashes(typed: "DODO-KEY").contains(dodo), "a key of Dodo's is what it is, letter for letter")
    }

    @Test(arguments: [
        ([:], "NICOBAR_LICENSE_MASTER_SECRET is not set"), (["NICOBAR_LICENSE_MASTER_SECRET": "tooshortCANARY"], "does not hold 32 bytes"),
        (["NICOBAR_LICENSE_MASTER_SECRET": String(repeating: "a1", count: 15) + "CANARY"], "does not hold 32 bytes"),
        (["NICOBAR_LICENSE_MASTER_SECRET": masterText, "NICOBAR_LICENSE_MASTER_SECRET_FILE": "/nowhere"], "only one of them"),
        (["NICOBAR_LICENSE_MASTER_SECRET_FILE": "/nowhere/CANARY-is-a-path"], "cannot be read"),
    ])
    func `needs a master secret, and says in one line what is wrong with it`(variables: [String: String], part: String) {
        let error = #expect(throws: SettingsError.self) { try MasterSecret(Environment(variables)) }
        let text = error?.description ?? ""
        #expect(text.contains(part) && !text.contains("\n"), "\(text)")
        #expect(!text.contains("CANARY") || text.contains("/nowhere"), "\(text)")
    }

    @Test func `takes a master secret in hexadecimal, base64 and base64url, of 32 bytes or more`() throws {
        let bytes = (0..<32).map { UInt8(($0 * 7 + 250) & 255) }
        let forms = [
            bytes.map { String(format: "%02x", $0) }.joined(), bytes.map { String(format: "%02X", $0) }.joined() + "\n", Data(bytes).base64EncodedString(), Base64URL.encode(bytes),
        ]
        #expect(Set(forms.map { MasterSecret(encoded: $0)?.fingerprint }).count == 1)
        #expect(MasterSecret(encoded: forms[0]) != nil)
        #expect(MasterSecret(encoded: Data(bytes.dropLast()).base64EncodedString()) == nil)
    }

    @Test func `and the master secret print as redacted`() {
        let key = Self.key()
        var dumped = ""
        dump(key, to: &dumped)
        dump(master, to: &dumped)
        dumped += "\(key) \(String(reflecting: key)) \(master) \(String(reflecting: master)) \(Optional(key) as Any)"
        for secret in [key.compact, key.compact.prefix(20), key.symbols.values.description, masterText] as [any StringProtocol] { #expect(!dumped.contains(String(secret))) }
        #expect(dumped.contains("redacted"))
    }
}
