// The parts of the grammar inside one token (RFC 8259, sections 3, 6 and 7).
#pragma once
#include "include/CSimdJSON.h"

namespace nicobar {

inline bool is_space(uint8_t byte) noexcept { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }
inline bool is_digit(uint8_t byte) noexcept { return uint8_t(byte - '0') <= 9; }

// Whether a number or a word may end before this byte: white space or the next token, which may still be a wrong one.
inline bool ends_scalar(uint8_t byte) noexcept {
    return byte == ',' || byte == '}' || byte == ']' || is_space(byte) || byte == ':' || byte == '{' || byte == '[';
}

// The end of the number at `at`, or null. Stops at the first byte that no number has: the caller knows that there is one.
inline const uint8_t *skip_number(const uint8_t *at) noexcept {
    if (*at == '-') at++;
    if (*at == '0') at++;
    else if (!is_digit(*at)) return nullptr;
    else do at++; while (is_digit(*at));
    if (*at == '.') {
        if (!is_digit(*++at)) return nullptr;
        do at++; while (is_digit(*at));
    }
    if ((*at | 0x20) == 'e') {
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!is_digit(*at)) return nullptr;
        do at++; while (is_digit(*at));
    }
    return ends_scalar(*at) ? at : nullptr;
}

// The end of the word, or null; compares byte by byte, so nothing behind the first difference is read.
inline const uint8_t *skip_word(const uint8_t *at, const char *word) noexcept {
    for (; *word; word++, at++) if (*at != uint8_t(*word)) return nullptr;
    return ends_scalar(*at) ? at : nullptr;
}

struct Unescaped {
    nicobar_json_fault fault;
    const uint8_t *at;  // where the fault is
    size_t length;
    bool has_nul;
};

// Writes the content of a string, which is never longer than what it is written as. `to` may be any memory of that size.
Unescaped unescape(const uint8_t *from, const uint8_t *end, uint8_t *to) noexcept;

// Where a fault that simdjson reports without a place begins: the first control character in a string, or the quote that is never closed.
size_t locate(nicobar_json_fault fault, const uint8_t *text, size_t length) noexcept;

}  // namespace nicobar
