#pragma once
#include <fcntl.h>
#include <malloc.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* One message header; the name ends with a zero byte. */
typedef struct {
    const char *name;
    const void *value;
    size_t value_size;
} nicobar_header;

/* More headers than any message of ours carries. */
#define NICOBAR_MAX_HEADERS 24

/* rd_kafka_produceva without its tagged unions, which Swift cannot fill in cheaply. Copies key and value. A null key or value is allowed.
 * Answers RD_KAFKA_RESP_ERR_NO_ERROR, or why nothing was enqueued. */
static inline rd_kafka_resp_err_t nicobar_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size, const void *value, size_t value_size,
    const nicobar_header *headers, size_t header_count, size_t ticket) {
    rd_kafka_vu_t vus[6 + NICOBAR_MAX_HEADERS];
    size_t n = 0;
    if (header_count > NICOBAR_MAX_HEADERS) return RD_KAFKA_RESP_ERR__INVALID_ARG;
    vus[n].vtype = RD_KAFKA_VTYPE_RKT;
    vus[n++].u.rkt = topic;
    vus[n].vtype = RD_KAFKA_VTYPE_PARTITION;
    vus[n++].u.i32 = partition;
    vus[n].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    vus[n++].u.i = RD_KAFKA_MSG_F_COPY;
    vus[n].vtype = RD_KAFKA_VTYPE_KEY;
    vus[n].u.mem.ptr = (void *)key;
    vus[n++].u.mem.size = key_size;
    vus[n].vtype = RD_KAFKA_VTYPE_VALUE;
    vus[n].u.mem.ptr = (void *)value;
    vus[n++].u.mem.size = value_size;
    vus[n].vtype = RD_KAFKA_VTYPE_OPAQUE;
    vus[n++].u.ptr = (void *)ticket;
    for (size_t i = 0; i < header_count; i++) {
        vus[n].vtype = RD_KAFKA_VTYPE_HEADER;
        vus[n].u.header.name = headers[i].name;
        vus[n].u.header.val = headers[i].value;
        vus[n++].u.header.size = (ssize_t)headers[i].value_size;
    }
    rd_kafka_error_t *error = rd_kafka_produceva(rk, vus, n);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

/* The ticket that nicobar_produce was given. */
static inline size_t nicobar_ticket(const rd_kafka_message_t *message) { return (size_t)message->_private; }

/* rd_kafka_mock_push_request_errors_array for one error, any number of times. */
static inline void nicobar_mock_fail(rd_kafka_mock_cluster_t *cluster, int16_t api_key, rd_kafka_resp_err_t code, size_t times) {
    for (size_t i = 0; i < times; i++) rd_kafka_mock_push_request_errors_array(cluster, api_key, 1, &code);
}

/* An eventfd that does not block and is not inherited; its header is not part of Swift's Glibc. */
static inline int nicobar_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* A header shows it only with _GNU_SOURCE. */
extern int dup3(int from, int into, int flags);

/* Lets `into` stand for what `from` stands for, closing what it stood for, in one step; not inherited. */
static inline int nicobar_replace_descriptor(int from, int into) { return dup3(from, into, O_CLOEXEC); }
