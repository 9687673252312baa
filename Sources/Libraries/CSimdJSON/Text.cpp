#include "Text.h"

namespace nicobar {

namespace {

// The value of four hexadecimal digits, or negative.
int32_t hex4(const uint8_t *at, const uint8_t *end) noexcept {
    if (end - at < 4) return -1;
    int32_t value = 0;
    for (int digit = 0; digit < 4; digit++) {
        uint8_t byte = at[digit], letter = byte | 0x20;
        if (is_digit(byte)) value = value << 4 | (byte - '0');
        else if (letter >= 'a' && letter <= 'f') value = value << 4 | (letter - 'a' + 10);
        else return -1;
    }
    return value;
}

uint8_t *put_utf8(uint32_t scalar, uint8_t *to) noexcept {
    if (scalar < 0x80) {
        *to++ = uint8_t(scalar);
    } else if (scalar < 0x800) {
        *to++ = uint8_t(0xC0 | scalar >> 6);
        *to++ = uint8_t(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
        *to++ = uint8_t(0xE0 | scalar >> 12);
        *to++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
        *to++ = uint8_t(0x80 | (scalar & 0x3F));
    } else {
        *to++ = uint8_t(0xF0 | scalar >> 18);
        *to++ = uint8_t(0x80 | (scalar >> 12 & 0x3F));
        *to++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
        *to++ = uint8_t(0x80 | (scalar & 0x3F));
    }
    return to;
}

// What a backslash and this byte stand for; 0 when they stand for nothing.
uint8_t short_escape(uint8_t byte) noexcept {
    switch (byte) {
        case '"': case '\\': case '/': return byte;
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return 0;
    }
}

}  // namespace

Unescaped unescape(const uint8_t *from, const uint8_t *end, uint8_t *to) noexcept {
    uint8_t *start = to;
    bool has_nul = false;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        const uint8_t *escape = from++;
        if (from == end) return {NICOBAR_JSON_INVALID_ESCAPE, escape, 0, false};
        if (*from != 'u') {
            uint8_t byte = short_escape(*from++);
            if (byte == 0) return {NICOBAR_JSON_INVALID_ESCAPE, escape, 0, false};
            *to++ = byte;
            continue;
        }
        int32_t scalar = hex4(++from, end);
        if (scalar < 0) return {NICOBAR_JSON_INVALID_ESCAPE, escape, 0, false};
        from += 4;
        if (scalar >= 0xD800 && scalar <= 0xDFFF) {
            bool paired = scalar < 0xDC00 && end - from >= 6 && from[0] == '\\' && from[1] == 'u';
            int32_t low = paired ? hex4(from + 2, end) : -1;
            if (low < 0xDC00 || low > 0xDFFF) return {NICOBAR_JSON_LONE_SURROGATE, escape, 0, false};
            scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
            from += 6;
        }
        has_nul |= scalar == 0;
        to = put_utf8(uint32_t(scalar), to);
    }
    return {NICOBAR_JSON_OK, end, size_t(to - start), has_nul};
}

size_t locate(nicobar_json_fault fault, const uint8_t *text, size_t length) noexcept {
    bool inside = false;
    size_t opened = 0;
    for (size_t at = 0; at < length; at++) {
        if (text[at] == '\\' && at + 1 < length && text[at + 1] >= 0x20) {
            at++;
        } else if (text[at] == '"') {
            inside = !inside;
            opened = at;
        } else if (inside && text[at] < 0x20 && fault == NICOBAR_JSON_CONTROL_CHARACTER) {
            return at;
        }
    }
    return inside && fault == NICOBAR_JSON_UNTERMINATED ? opened : NICOBAR_JSON_NO_OFFSET;
}

}  // namespace nicobar
