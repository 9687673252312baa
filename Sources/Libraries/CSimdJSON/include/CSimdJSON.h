/* Named fields of one JSON object, read in one call: simdjson finds and checks the tokens (UTF-8, strings, where they begin), our own walk checks the
 * rest of the grammar and picks the fields. No C++ and no exception comes through this header. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One key of a plan. Keys come in preorder (a parent, then its first child with all that is below it, then the next child), so everything below
 * a key is a range. The first entry is the document itself and its key is not looked at. */
typedef struct {
    const uint8_t *name; /* unescaped UTF-8; copied */
    size_t length;
    uint32_t end;        /* index of the first key that is not below this one */
} nicobar_json_key;

/* Which keys to look for; never changed once made, so any number of threads may read by it. */
typedef struct nicobar_json_plan nicobar_json_plan;

/* NULL when there is no memory. */
nicobar_json_plan *nicobar_json_plan_new(const nicobar_json_key *keys, uint32_t count);
void nicobar_json_plan_free(nicobar_json_plan *plan);

typedef enum {
    NICOBAR_JSON_MISSING = 0,
    NICOBAR_JSON_NULL,
    NICOBAR_JSON_FALSE,
    NICOBAR_JSON_TRUE,
    NICOBAR_JSON_NUMBER,
    NICOBAR_JSON_STRING,
    NICOBAR_JSON_OBJECT,
    NICOBAR_JSON_ARRAY,
} nicobar_json_type;

typedef struct {
    const uint8_t *raw; /* as written in the document: strings with their quotes */
    size_t raw_length;
    const uint8_t *text; /* strings only: unescaped, in the document or in the reader */
    size_t text_length;
    uint32_t type;   /* nicobar_json_type; when missing, nothing else is set */
    bool has_nul;    /* an escaped NUL somewhere in it */
} nicobar_json_value;

typedef enum {
    NICOBAR_JSON_OK = 0,
    NICOBAR_JSON_EMPTY,
    NICOBAR_JSON_TOO_LONG,
    NICOBAR_JSON_NO_MEMORY,
    NICOBAR_JSON_BYTE_ORDER_MARK,
    NICOBAR_JSON_NOT_AN_OBJECT,
    NICOBAR_JSON_TOO_DEEP,
    NICOBAR_JSON_UNTERMINATED,
    NICOBAR_JSON_UNEXPECTED,
    NICOBAR_JSON_TRAILING_CONTENT,
    NICOBAR_JSON_INVALID_UTF8,
    NICOBAR_JSON_INVALID_NUMBER,
    NICOBAR_JSON_INVALID_ESCAPE,
    NICOBAR_JSON_LONE_SURROGATE,
    NICOBAR_JSON_CONTROL_CHARACTER,
} nicobar_json_fault;

#define NICOBAR_JSON_NO_OFFSET SIZE_MAX

typedef struct {
    uint32_t fault; /* nicobar_json_fault */
    bool has_nul;   /* an escaped NUL in any string or key of the document */
    size_t offset;  /* where the fault is, in bytes; NICOBAR_JSON_NO_OFFSET when that is not known */
} nicobar_json_outcome;

/* A parser and the memory it works in; one thread at a time. */
typedef struct nicobar_json_reader nicobar_json_reader;

/* The plan must outlive the reader. NULL when there is no memory. */
nicobar_json_reader *nicobar_json_reader_new(const nicobar_json_plan *plan, uint32_t max_depth, size_t max_bytes);
void nicobar_json_reader_free(nicobar_json_reader *reader);

/* Checks the whole document and fills the values. Reads not one byte behind the text. */
nicobar_json_outcome nicobar_json_read(nicobar_json_reader *reader, const uint8_t *text, size_t length);

/* One value for each key of the plan, at one place for the life of the reader; they point into the text and the reader, and hold until the next read.
 * After a fault they mean nothing. */
const nicobar_json_value *nicobar_json_values(const nicobar_json_reader *reader);

#ifdef __cplusplus
}
#endif
