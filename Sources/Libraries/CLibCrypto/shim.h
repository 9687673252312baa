#pragma once
/* The SHA256_* functions are marked deprecated since 3.0 in favour of EVP, whose contexts live on the heap and are fetched with locks.
 * A keyed state that is copied by value is what makes a MAC free of allocation, and the functions remain in all of OpenSSL 3. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/rand.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
