#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* In place of libmicrohttpd's own: the path stays as it was sent, so that it is compared as it was sent. */
static inline size_t nicobar_http_keep_escapes(void *closure, struct MHD_Connection *connection, char *text) {
    (void)closure;
    (void)connection;
    return strlen(text);
}

/* MHD_start_daemon is variadic. No time-outs of its own (ours are finer), no thread of its own, no messages. */
static inline struct MHD_Daemon *nicobar_http_start(
    int listener, size_t memory_limit, unsigned int connection_limit, void *closure, MHD_AccessHandlerCallback handler,
    void *(*begun)(void *, const char *, struct MHD_Connection *), MHD_RequestCompletedCallback completed, MHD_NotifyConnectionCallback connection) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handler, closure,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory_limit,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_UNESCAPE_CALLBACK, &nicobar_http_keep_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, begun, closure,
        MHD_OPTION_NOTIFY_COMPLETED, completed, closure,
        MHD_OPTION_NOTIFY_CONNECTION, connection, closure,
        MHD_OPTION_END);
}

/* MHD_get_daemon_info and MHD_get_connection_info are variadic and answer with unions. */
static inline int nicobar_http_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}
static inline int nicobar_http_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}
static inline void *nicobar_http_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}
/* Bytes of the request's head, from the first of the method to the last of the empty line. */
static inline size_t nicobar_http_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

/* What one client is for a limit: an IPv4 address, or the 64 bits of an IPv6 address that a provider gives to one customer. */
static inline uint64_t nicobar_http_network(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr) return 0;
    if (info->client_addr->sa_family == AF_INET) return ((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr.s_addr;
    if (info->client_addr->sa_family != AF_INET6) return 0;
    const struct in6_addr *address = &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr;
    uint64_t network = 0;
    if (IN6_IS_ADDR_V4MAPPED(address)) memcpy(&network, &address->s6_addr[12], 4);
    else memcpy(&network, address->s6_addr, 8);
    return network;
}

struct nicobar_http_search {
    const char *name;
    size_t name_size;
    size_t count;
};
static inline enum MHD_Result nicobar_http_compare(
    void *closure, enum MHD_ValueKind kind, const char *key, size_t key_size, const char *value, size_t value_size) {
    struct nicobar_http_search *search = (struct nicobar_http_search *)closure;
    (void)kind;
    (void)value;
    (void)value_size;
    if (key_size == search->name_size && strncasecmp(key, search->name, key_size) == 0) search->count++;
    return MHD_YES;
}
/* How many header lines have this name. */
static inline size_t nicobar_http_header_count(struct MHD_Connection *connection, const char *name, size_t name_size) {
    struct nicobar_http_search search = {name, name_size, 0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &nicobar_http_compare, &search);
    return search.count;
}

/* sys/epoll.h and sys/eventfd.h are not part of Swift's Glibc, and struct epoll_event is packed. */
static inline int nicobar_http_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline int nicobar_http_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int nicobar_http_watch(int epoll, int descriptor, uint32_t events, uint64_t tag) {
    struct epoll_event event = {.events = events, .data = {.u64 = tag}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}
static inline int nicobar_http_unwatch(int epoll, int descriptor) {
    struct epoll_event ignored = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &ignored);
}
struct nicobar_http_event {
    uint64_t tag;
    uint32_t events;
};
#define NICOBAR_HTTP_MAX_EVENTS 256
/* Writes at most NICOBAR_HTTP_MAX_EVENTS; answers how many, or -1. */
static inline int nicobar_http_wait(int epoll, struct nicobar_http_event *found, int milliseconds) {
    struct epoll_event events[NICOBAR_HTTP_MAX_EVENTS];
    int count = epoll_wait(epoll, events, NICOBAR_HTTP_MAX_EVENTS, milliseconds);
    for (int i = 0; i < count; i++) {
        found[i].tag = events[i].data.u64;
        found[i].events = events[i].events;
    }
    return count;
}

static const uint32_t NICOBAR_HTTP_READABLE = EPOLLIN;
/* Once for each arrival, and once when the other side stops. */
static const uint32_t NICOBAR_HTTP_ARRIVALS = (uint32_t)(EPOLLIN | EPOLLRDHUP) | (uint32_t)EPOLLET;
static const uint32_t NICOBAR_HTTP_GONE = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
