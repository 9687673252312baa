#include "Plan.h"

#include <cstdlib>

using namespace nicobar;

namespace {

// Few enough collisions to be cheap, small enough to stay in the cache.
uint32_t bucket_count(uint32_t children) noexcept {
    uint32_t buckets = 16;
    while (buckets < children * 4) buckets *= 2;
    return buckets;
}

uint32_t children_of(const nicobar_json_key *keys, uint32_t parent) noexcept {
    uint32_t children = 0;
    for (uint32_t child = parent + 1; child < keys[parent].end; child = keys[child].end) children++;
    return children;
}

}  // namespace

nicobar_json_plan *nicobar_json_plan_new(const nicobar_json_key *keys, uint32_t count) {
    size_t bytes = 0, buckets = 0;
    for (uint32_t key = 0; key < count; key++) {
        bytes += keys[key].length;
        if (uint32_t children = children_of(keys, key)) buckets += bucket_count(children);
    }
    auto plan = static_cast<nicobar_json_plan *>(std::calloc(1, sizeof(nicobar_json_plan)));
    if (!plan) return nullptr;
    plan->count = count;
    plan->keys = static_cast<Key *>(std::calloc(count, sizeof(Key)));
    plan->buckets = static_cast<uint32_t *>(std::malloc(buckets * sizeof(uint32_t) + 1));
    plan->names = static_cast<uint8_t *>(std::malloc(bytes + 1));
    if (!plan->keys || !plan->buckets || !plan->names) {
        nicobar_json_plan_free(plan);
        return nullptr;
    }
    uint8_t *name = plan->names;
    for (uint32_t key = 0; key < count; key++) {
        if (keys[key].length) std::memcpy(name, keys[key].name, keys[key].length);
        plan->keys[key] = Key{name, keys[key].length, keys[key].end, no_key, nullptr, 0};
        name += keys[key].length;
    }
    uint32_t *table = plan->buckets;
    for (uint32_t parent = 0; parent < count; parent++) {
        uint32_t children = children_of(keys, parent);
        if (children == 0) continue;
        Key &above = plan->keys[parent];
        uint32_t size = bucket_count(children);
        for (uint32_t bucket = 0; bucket < size; bucket++) table[bucket] = no_key;
        above.buckets = table;
        above.mask = size - 1;
        for (uint32_t child = parent + 1; child < above.end; child = plan->keys[child].end) {
            uint32_t &head = table[hash(plan->keys[child].name, plan->keys[child].length) & above.mask];
            plan->keys[child].next = head;
            head = child;
        }
        table += size;
    }
    return plan;
}

void nicobar_json_plan_free(nicobar_json_plan *plan) {
    if (!plan) return;
    std::free(plan->keys);
    std::free(plan->buckets);
    std::free(plan->names);
    std::free(plan);
}
