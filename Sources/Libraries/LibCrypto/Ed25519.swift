import CLibCrypto

/// Ed25519 signatures (RFC 8032) with keys and signatures in their raw form.
package enum Ed25519 {
    /// Owns one `EVP_PKEY` and frees it in `deinit`.
    ///
    /// Unchecked Sendable: an EVP_PKEY is not changed after it was made, and signing and verifying each use a context of their own.
    @safe fileprivate final class Key: @unchecked Sendable {
        let handle: OpaquePointer
        init(owning handle: OpaquePointer) { unsafe self.handle = handle }
        deinit { unsafe EVP_PKEY_free(handle) }

        /// Copies a raw half out by one of OpenSSL's two getters.
        func raw(_ get: (OpaquePointer, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>) -> Int32) -> [UInt8] {
            unsafe Array(unsafeUninitializedCapacity: 32) { buffer, count in
                count = 32
                precondition(unsafe get(handle, buffer.baseAddress, &count) == 1 && count == 32, "an Ed25519 key without 32 raw bytes")
            }
        }
    }

    /// A key that signs.
    package struct PrivateKey: Sendable {
        private let key: Key

        /// A new random key.
        package init() throws(CryptoError) {
            guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else { throw CryptoError("Ed25519 key generation") }
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var made: OpaquePointer?
            guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_keygen(context, &made) == 1, let made = unsafe made else {
                throw CryptoError("Ed25519 key generation")
            }
            key = unsafe Key(owning: made)
        }

        /// - Parameter raw: the 32 bytes of the seed (RFC 8032, 5.1.5).
        package init(raw: [UInt8]) throws(CryptoError) {
            guard raw.count == 32, let made = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, raw, 32) else {
                throw CryptoError("reading an Ed25519 private key")
            }
            key = unsafe Key(owning: made)
        }

        /// The 32 bytes of the seed: a secret.
        package var raw: [UInt8] { unsafe key.raw { unsafe EVP_PKEY_get_raw_private_key($0, $1, $2) } }

        /// The 32 bytes others verify with.
        package var publicKey: [UInt8] { unsafe key.raw { unsafe EVP_PKEY_get_raw_public_key($0, $1, $2) } }

        /// The 64 bytes of a signature. Any thread.
        package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
            guard let context = unsafe EVP_MD_CTX_new() else { throw CryptoError("Ed25519 signing") }
            defer { unsafe EVP_MD_CTX_free(context) }
            var signature = [UInt8](repeating: 0, count: 64)
            var length = 64
            guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key.handle) == 1,
                unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == 64
            else { throw CryptoError("Ed25519 signing") }
            return signature
        }
    }

    /// A key that verifies.
    package struct PublicKey: Sendable {
        private let key: Key

        /// - Parameter raw: 32 bytes.
        package init(raw: [UInt8]) throws(CryptoError) {
            guard raw.count == 32, let made = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, 32) else {
                throw CryptoError("reading an Ed25519 public key")
            }
            key = unsafe Key(owning: made)
        }

        /// False for anything but the right signature, wrong lengths included. Any thread.
        package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
            guard signature.count == 64, let context = unsafe EVP_MD_CTX_new() else { return false }
            defer { unsafe EVP_MD_CTX_free(context) }
            defer { ERR_clear_error() }
            return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key.handle) == 1
                && EVP_DigestVerify(context, signature, 64, message, message.count) == 1
        }
    }
}
