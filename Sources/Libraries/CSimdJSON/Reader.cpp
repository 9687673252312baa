#include "Reader.h"

#include "Text.h"

using namespace nicobar;

namespace {

size_t doubled(size_t length) noexcept {
    size_t capacity = 8192;
    while (capacity < length) capacity *= 2;
    return capacity;
}

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

bool nicobar_json_reader::reserve_tokens(size_t length) noexcept {
    if (length <= parser->capacity()) return true;
    return parser->allocate(doubled(length), parser->max_depth()) == simdjson::SUCCESS;
}

bool nicobar_json_reader::reserve_unescaped(size_t length) noexcept {
    if (length <= unescaped_capacity) return true;
    size_t capacity = doubled(length);
    unescaped.reset(new (std::nothrow) uint8_t[capacity]);
    unescaped_capacity = unescaped ? capacity : 0;
    return bool(unescaped);
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
    return reader.release();
}

void nicobar_json_reader_free(nicobar_json_reader *reader) { delete reader; }

const nicobar_json_value *nicobar_json_values(const nicobar_json_reader *reader) { return reader->values.get(); }

nicobar_json_outcome nicobar_json_read(nicobar_json_reader *reader, const uint8_t *text, size_t length) {
    if (length == 0) return fault(NICOBAR_JSON_EMPTY, NICOBAR_JSON_NO_OFFSET);
    if (length > reader->max_bytes) return fault(NICOBAR_JSON_TOO_LONG, NICOBAR_JSON_NO_OFFSET);
    if (length >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF) return fault(NICOBAR_JSON_BYTE_ORDER_MARK, 0);
    if (!reader->reserve_tokens(length)) return fault(NICOBAR_JSON_NO_MEMORY, NICOBAR_JSON_NO_OFFSET);
    auto error = reader->parser->stage1(text, length, simdjson::stage1_mode::regular);
    if (error) return explain(error, text, length);
    return walk(*reader, text, length);
}
