// What a reader owns. simdjson's first stage is taken by the interface that its own On-Demand front end uses: it is compiled for every processor in
// the shared library and chosen when the program starts, which the On-Demand templates in the header are not.
#pragma once
// Errors are codes: nothing here throws.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <memory>

#include "Plan.h"

namespace nicobar {

// An object or array that is open.
struct Frame {
    uint32_t key;          // the planned key that it is the value of, or no_key
    uint32_t nuls;         // how many strings with a NUL there were before it
    const Key *parent;     // an object with planned keys below it, or null
    bool is_array;
};

// Grows by doubling and never shrinks.
struct Memory {
    std::unique_ptr<uint8_t[]> bytes;
    size_t capacity = 0;

    bool reserve(size_t length) noexcept;
};

size_t doubled(size_t length) noexcept;

}  // namespace nicobar

struct nicobar_json_reader {
    const nicobar_json_plan *plan;
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    std::unique_ptr<nicobar::Frame[]> frames;
    std::unique_ptr<nicobar_json_value[]> values;
    nicobar::Memory unescaped;  // strings; only documents with a backslash need it
    nicobar::Memory padded;     // a copy of the text; only without vector instructions
    bool needs_padding;
    size_t max_bytes;
    uint32_t max_depth;
};

namespace nicobar {

// Checks the grammar around and inside the tokens that the parser found, and fills the values.
nicobar_json_outcome walk(nicobar_json_reader &reader, const uint8_t *text, size_t length) noexcept;

}  // namespace nicobar
