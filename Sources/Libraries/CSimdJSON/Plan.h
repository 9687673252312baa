// The keys to look for, arranged so that a key of a document costs one small hash and, nearly always, one comparison or none.
#pragma once
#include <cstring>

#include "include/CSimdJSON.h"

namespace nicobar {

constexpr uint32_t no_key = UINT32_MAX;

struct Key {
    const uint8_t *name;
    size_t length;
    uint32_t end;
    // Next key below the same parent with the same hash.
    uint32_t next;
    // A chain of keys for each hash; null when nothing is below this key.
    const uint32_t *buckets;
    uint32_t mask;
};

inline uint32_t hash(const uint8_t *name, size_t length) noexcept {
    if (length == 0) return 0;
    return uint32_t(length) + name[0] * 3u + name[length / 2] * 7u + name[length - 1] * 17u;
}

}  // namespace nicobar

struct nicobar_json_plan {
    nicobar::Key *keys;
    uint32_t count;
    uint32_t *buckets;
    uint8_t *names;

    // The key below `parent`, which must have some, with this name.
    uint32_t find(const nicobar::Key &parent, const uint8_t *name, size_t length) const noexcept {
        uint32_t child = parent.buckets[nicobar::hash(name, length) & parent.mask];
        while (child != nicobar::no_key && (keys[child].length != length || std::memcmp(keys[child].name, name, length) != 0)) child = keys[child].next;
        return child;
    }
};
