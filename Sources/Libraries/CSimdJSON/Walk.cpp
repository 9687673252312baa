#include "Reader.h"
#include "Text.h"

namespace nicobar {

namespace {

// The walk stands at one token after another. What the first stage promises (simdjson, "Parsing Gigabytes of JSON per Second", section 3.1): every
// bracket, colon and comma outside strings is a token, so is the first byte of whatever else stands between them, strings are closed, hold no control
// characters, and all is UTF-8. So between a string's closing quote and the next token there is only white space, and a number or a word, read
// byte by byte, ends before the next token: nothing behind the last token is read.
struct Walk {
    nicobar_json_reader &reader;
    const nicobar_json_plan &plan;
    nicobar_json_value *const values;
    const uint8_t *const text;
    const size_t length;
    const uint32_t *const tokens;
    const uint32_t count;
    // The first backslash that no string before has consumed; the end of the text when there is none.
    const uint8_t *backslash;
    uint8_t *unescaped;
    uint32_t nuls = 0;
    nicobar_json_outcome outcome{NICOBAR_JSON_OK, false, NICOBAR_JSON_NO_OFFSET};

    Walk(nicobar_json_reader &reader, const uint8_t *text, size_t length) noexcept
        : reader(reader), plan(*reader.plan), values(reader.values.get()), text(text), length(length),
          tokens(reader.parser->structural_indexes.get()), count(reader.parser->n_structural_indexes),
          backslash(next_backslash(text)), unescaped(nullptr) {}

    const uint8_t *next_backslash(const uint8_t *from) const noexcept {
        auto found = static_cast<const uint8_t *>(std::memchr(from, '\\', size_t(text + length - from)));
        return found ? found : text + length;
    }

    bool fail(nicobar_json_fault fault, size_t offset) noexcept {
        outcome.fault = fault;
        outcome.offset = offset;
        return false;
    }

    bool unterminated() noexcept { return fail(NICOBAR_JSON_UNTERMINATED, length); }

    // The closing quote of the string at a token, which must not be the last token. Null would be a fault of the first stage: better refused than trusted.
    const uint8_t *closing_quote(uint32_t token) const noexcept {
        const uint8_t *end = text + tokens[token + 1] - 1;
        while (is_space(*end)) end--;
        return *end == '"' && end > text + tokens[token] ? end : nullptr;
    }

    // Checks the escapes of a string and answers its content; `keep` says whether that must last until the next read.
    bool content(const uint8_t *&start, size_t &size, bool keep, bool *has_nul) noexcept {
        const uint8_t *end = start + size;
        if (backslash >= end) return true;
        Unescaped result = unescape(start, end, unescaped);
        if (result.fault) return fail(result.fault, size_t(result.at - text));
        backslash = next_backslash(end);
        start = unescaped;
        size = result.length;
        if (keep) unescaped += result.length;
        nuls += result.has_nul;
        if (has_nul) *has_nul = result.has_nul;
        return true;
    }

    void forget(uint32_t key) noexcept {
        for (uint32_t below = key; below < plan.keys[key].end; below++) values[below].type = NICOBAR_JSON_MISSING;
    }

    void set(uint32_t key, nicobar_json_type type, const uint8_t *raw, const uint8_t *end) noexcept {
        if (key != no_key) values[key] = nicobar_json_value{raw, size_t(end - raw), nullptr, 0, type, false};
    }

    bool run() noexcept;
    bool string(uint32_t token, uint32_t key) noexcept;
    bool scalar(uint32_t token, uint32_t key) noexcept;
    bool member(uint32_t token, const Key *parent, uint32_t &key) noexcept;
};

// The key at a token and the colon behind it; answers which planned key it is.
inline bool Walk::member(uint32_t token, const Key *parent, uint32_t &key) noexcept {
    key = no_key;
    if (token >= count) return unterminated();
    if (text[tokens[token]] != '"') return fail(NICOBAR_JSON_UNEXPECTED, tokens[token]);
    if (token + 1 >= count) return unterminated();
    if (text[tokens[token + 1]] != ':') return fail(NICOBAR_JSON_UNEXPECTED, tokens[token + 1]);
    if (!parent && backslash >= text + tokens[token + 1]) return true;
    const uint8_t *name = text + tokens[token] + 1, *end = closing_quote(token);
    if (!end) return fail(NICOBAR_JSON_UNEXPECTED, tokens[token]);
    size_t size = size_t(end - name);
    if (!content(name, size, false, nullptr)) return false;
    if (!parent) return true;
    key = plan.find(*parent, name, size);
    // The last of equal keys counts, and takes with it all that the earlier ones held.
    if (key != no_key && values[key].type != NICOBAR_JSON_MISSING) forget(key);
    return true;
}

inline bool Walk::string(uint32_t token, uint32_t key) noexcept {
    if (token + 1 >= count) return unterminated();
    // What has no escape and is not asked for needs no look at all.
    if (key == no_key && backslash >= text + tokens[token + 1]) return true;
    const uint8_t *start = text + tokens[token], *end = closing_quote(token);
    if (!end) return fail(NICOBAR_JSON_UNEXPECTED, tokens[token]);
    const uint8_t *inside = start + 1;
    size_t size = size_t(end - inside);
    bool has_nul = false;
    if (!content(inside, size, key != no_key, &has_nul)) return false;
    if (key != no_key) values[key] = nicobar_json_value{start, size_t(end + 1 - start), inside, size, NICOBAR_JSON_STRING, has_nul};
    return true;
}

// A number or a word.
inline bool Walk::scalar(uint32_t token, uint32_t key) noexcept {
    const uint8_t *start = text + tokens[token], *end;
    nicobar_json_type type;
    // A document does not end with one, and what stands at its very end has no byte behind it to stop at.
    if (token + 1 >= count) return unterminated();
    switch (*start) {
        case 't': type = NICOBAR_JSON_TRUE, end = skip_word(start, "true"); break;
        case 'f': type = NICOBAR_JSON_FALSE, end = skip_word(start, "false"); break;
        case 'n': type = NICOBAR_JSON_NULL, end = skip_word(start, "null"); break;
        case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
            end = skip_number(start);
            if (!end) return fail(NICOBAR_JSON_INVALID_NUMBER, tokens[token]);
            type = NICOBAR_JSON_NUMBER;
            break;
        default: return fail(NICOBAR_JSON_UNEXPECTED, tokens[token]);
    }
    if (!end) return fail(NICOBAR_JSON_UNEXPECTED, tokens[token]);
    set(key, type, start, end);
    return true;
}

// Not recursive: a document's depth costs frames, of which there are max_depth.
bool Walk::run() noexcept {
    Frame *frame = nullptr;
    uint32_t token = 0, depth = 0, key = 0;
    uint8_t byte;

    if (text[tokens[0]] != '{') {
        bool value = text[tokens[0]] == '-' || is_digit(text[tokens[0]]) || std::memchr("[\"tfn", text[tokens[0]], 5);
        return fail(value ? NICOBAR_JSON_NOT_AN_OBJECT : NICOBAR_JSON_UNEXPECTED, tokens[0]);
    }
    if (backslash != text + length) {
        if (!reader.unescaped.reserve(length)) return fail(NICOBAR_JSON_NO_MEMORY, NICOBAR_JSON_NO_OFFSET);
        unescaped = reader.unescaped.bytes.get();
    }
    forget(0);

open:  // `token` is a bracket
    if (depth == reader.max_depth) return fail(NICOBAR_JSON_TOO_DEEP, tokens[token]);
    frame = &reader.frames[depth++];
    frame->key = key;
    frame->nuls = nuls;
    frame->is_array = text[tokens[token]] == '[';
    frame->parent = key != no_key && !frame->is_array && plan.keys[key].buckets ? &plan.keys[key] : nullptr;
    // The end is put in when it comes.
    set(key, frame->is_array ? NICOBAR_JSON_ARRAY : NICOBAR_JSON_OBJECT, text + tokens[token], text + tokens[token]);
    if (++token >= count) return unterminated();
    byte = text[tokens[token]];
    if (byte == (frame->is_array ? ']' : '}')) goto close;
    if (frame->is_array) goto element;

member:
    if (!member(token, frame->parent, key)) return false;
    token += 2;
    goto value;

element:
    key = no_key;

value:
    if (token >= count) return unterminated();
    byte = text[tokens[token]];
    if (byte == '"') {
        if (!string(token, key)) return false;
    } else if (byte == '{' || byte == '[') {
        goto open;
    } else if (!scalar(token, key)) {
        return false;
    }
    token++;

after:
    if (token >= count) return unterminated();
    byte = text[tokens[token]];
    if (byte == ',') {
        token++;
        if (frame->is_array) goto element;
        goto member;
    }
    if (byte != (frame->is_array ? ']' : '}')) return fail(NICOBAR_JSON_UNEXPECTED, tokens[token]);

close:
    if (frame->key != no_key) {
        nicobar_json_value &value = values[frame->key];
        value.raw_length = size_t(text + tokens[token] + 1 - value.raw);
        value.has_nul = nuls != frame->nuls;
    }
    token++;
    if (--depth > 0) {
        frame--;
        goto after;
    }
    if (token < count) return fail(NICOBAR_JSON_TRAILING_CONTENT, tokens[token]);
    outcome.has_nul = nuls != 0;
    return true;
}

}  // namespace

nicobar_json_outcome walk(nicobar_json_reader &reader, const uint8_t *text, size_t length) noexcept {
    Walk walk(reader, text, length);
    walk.run();
    return walk.outcome;
}

}  // namespace nicobar
