import LibCrypto
import Testing

/// Hexadecimal text as bytes.
func hex(_ text: String) throws -> [UInt8] {
    let digits = try text.filter { !$0.isWhitespace }.map { try UInt8(#require($0.hexDigitValue)) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ]) func `a hash is the one of FIPS 180-4`(text: String, expected: String) throws {
        let digest = Array(text.utf8).withUnsafeBytes { SHA256.hash($0) }
        #expect(try digest.array == hex(expected))
    }

    @Test func `the prefix is the first eight bytes, big-endian`() {
        let digest = Array("abc".utf8).withUnsafeBytes { SHA256.hash($0) }
        #expect(digest.prefix64 == Int64(bitPattern: 0xBA78_16BF_8F01_CFEA))
    }
}

struct HMACTests {
    /// RFC 4231, test cases 1, 2, 3, 6 (a key longer than a block) and 7.
    @Test(arguments: [
        ("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (String(repeating: "aa", count: 20), String(repeating: "dd", count: 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]) func `a MAC is the one of RFC 4231`(key: String, message: String, expected: String) throws {
        let key = try hex(key).withUnsafeBytes { HMACSHA256Key($0) }
        let message = try hex(message)
        #expect(try message.withUnsafeBytes { key.mac($0) }.array == hex(expected))
    }

    @Test func `pieces give the MAC of the whole, and one key serves many`() {
        let key = Array("key".utf8).withUnsafeBytes { HMACSHA256Key($0) }
        let whole = Array("one.two".utf8).withUnsafeBytes { key.mac($0) }
        var computation = key.begin()
        Array("one".utf8).withUnsafeBytes { computation.add($0) }
        computation.add(UInt8(ascii: "."))
        Array("two".utf8).withUnsafeBytes { computation.add($0) }
        #expect(computation.finish() == whole)
        #expect(Array("one.twO".utf8).withUnsafeBytes { key.mac($0) } != whole)
    }
}

struct ConstantTimeTests {
    @Test(arguments: [([1, 2, 3], [1, 2, 3], true), ([1, 2, 3], [1, 2, 4], false), ([1, 2], [1, 2, 3], false), ([], [], true)] as [([UInt8], [UInt8], Bool)])
    func `equal means the same bytes and the same length`(left: [UInt8], right: [UInt8], expected: Bool) {
        #expect(left.withUnsafeBytes { a in right.withUnsafeBytes { b in constantTimeEqual(a, b) } } == expected)
    }
}

struct RandomTests {
    @Test func `random bytes have the length asked for and differ`() throws {
        #expect(try randomBytes(0).isEmpty)
        let first = try randomBytes(32)
        #expect(first.count == 32)
        #expect(try randomBytes(32) != first)
    }
}

struct Ed25519Tests {
    /// RFC 8032, 7.1, tests 1 to 3.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]) func `keys and signatures are those of RFC 8032`(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try Ed25519.PrivateKey(raw: hex(seed))
        #expect(try key.publicKey == hex(publicKey))
        #expect(try key.raw == hex(seed))
        #expect(try key.sign(hex(message)) == hex(signature))
        #expect(try Ed25519.PublicKey(raw: hex(publicKey)).isValid(hex(signature), for: hex(message)))
    }

    @Test func `a changed message, signature or key is refused`() throws {
        let key = try Ed25519.PrivateKey()
        let reader = try Ed25519.PublicKey(raw: key.publicKey)
        var signature = try key.sign([1, 2, 3])
        #expect(reader.isValid(signature, for: [1, 2, 3]))
        #expect(!reader.isValid(signature, for: [1, 2, 4]))
        #expect(!reader.isValid(Array(signature.dropLast()), for: [1, 2, 3]))
        #expect(try !Ed25519.PublicKey(raw: Ed25519.PrivateKey().publicKey).isValid(signature, for: [1, 2, 3]))
        signature[5] ^= 1
        #expect(!reader.isValid(signature, for: [1, 2, 3]))
        #expect(throws: CryptoError.self) { try Ed25519.PublicKey(raw: [1, 2, 3]) }
    }
}
