#include "Reader.h"

#include "Text.h"

using namespace nicobar;

namespace {

nicobar_json_outcome fault(nicobar_json_fault fault, size_t offset) noexcept { return {fault, false, offset}; }

// simdjson's first stage says what is wrong, not where.
nicobar_json_outcome explain(simdjson::error_code error, const uint8_t *text, size_t length) noexcept {
    switch (error) {
        case simdjson::EMPTY: return fault(NICOBAR_JSON_EMPTY, NICOBAR_JSON_NO_OFFSET);
        case simdjson::UTF8_ERROR: return fault(NICOBAR_JSON_INVALID_UTF8, NICOBAR_JSON_NO_OFFSET);
        case simdjson::UNESCAPED_CHARS: return fault(NICOBAR_JSON_CONTROL_CHARACTER, locate(NICOBAR_JSON_CONTROL_CHARACTER, text, length));
        case simdjson::UNCLOSED_STRING: return fault(NICOBAR_JSON_UNTERMINATED, locate(NICOBAR_JSON_UNTERMINATED, text, length));
        case simdjson::MEMALLOC: case simdjson::CAPACITY: return fault(NICOBAR_JSON_NO_MEMORY, NICOBAR_JSON_NO_OFFSET);
        default: return fault(NICOBAR_JSON_UNEXPECTED, NICOBAR_JSON_NO_OFFSET);
    }
}

}  // namespace

size_t nicobar::doubled(size_t length) noexcept {
    size_t capacity = 8192;
    while (capacity < length) capacity *= 2;
    return capacity;
}

bool Memory::reserve(size_t length) noexcept {
    if (length <= capacity) return true;
    bytes.reset(new (std::nothrow) uint8_t[doubled(length)]);
    capacity = bytes ? doubled(length) : 0;
    return bool(bytes);
}

nicobar_json_reader *nicobar_json_reader_new(const nicobar_json_plan *plan, uint32_t max_depth, size_t max_bytes) {
    std::unique_ptr<nicobar_json_reader> reader(new (std::nothrow) nicobar_json_reader{});
    if (!reader) return nullptr;
    reader->plan = plan;
    reader->max_depth = max_depth;
    reader->max_bytes = max_bytes;
    reader->frames.reset(new (std::nothrow) Frame[max_depth]);
    reader->values.reset(new (std::nothrow) nicobar_json_value[plan->count]);
    // The depth given to simdjson is that of its second stage, which is not used.
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(doubled(0), 1, reader->parser);
    if (error || !reader->frames || !reader->values) return nullptr;
    // The vector implementations read whole blocks and copy the last one; the one without vectors looks a few bytes behind a string that ends early.
    // Which one is active is known only now: the first use finds out.
    reader->needs_padding = simdjson::get_active_implementation()->required_instruction_sets() == simdjson::internal::DEFAULT;
    return reader.release();
}

void nicobar_json_reader_free(nicobar_json_reader *reader) { delete reader; }

const nicobar_json_value *nicobar_json_values(const nicobar_json_reader *reader) { return reader->values.get(); }

nicobar_json_outcome nicobar_json_read(nicobar_json_reader *reader, const uint8_t *text, size_t length) {
    if (length == 0) return fault(NICOBAR_JSON_EMPTY, NICOBAR_JSON_NO_OFFSET);
    if (length > reader->max_bytes) return fault(NICOBAR_JSON_TOO_LONG, NICOBAR_JSON_NO_OFFSET);
    if (length >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF) return fault(NICOBAR_JSON_BYTE_ORDER_MARK, 0);
    auto &parser = *reader->parser;
    if (length > parser.capacity() && parser.allocate(doubled(length), parser.max_depth())) return fault(NICOBAR_JSON_NO_MEMORY, NICOBAR_JSON_NO_OFFSET);
    const uint8_t *scanned = text;
    if (reader->needs_padding) {
        if (!reader->padded.reserve(length + simdjson::SIMDJSON_PADDING)) return fault(NICOBAR_JSON_NO_MEMORY, NICOBAR_JSON_NO_OFFSET);
        std::memcpy(reader->padded.bytes.get(), text, length);
        std::memset(reader->padded.bytes.get() + length, 0, simdjson::SIMDJSON_PADDING);
        scanned = reader->padded.bytes.get();
    }
    auto error = parser.stage1(scanned, length, simdjson::stage1_mode::regular);
    if (error) return explain(error, text, length);
    return walk(*reader, text, length);
}
