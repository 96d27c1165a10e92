#pragma once
#include <libpq-fe.h>
#include <sys/eventfd.h>

// Character macros are not imported into Swift; an enumeration is.
enum pgstanza_diag_field {
    PGSTANZA_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
    PGSTANZA_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
    PGSTANZA_DIAG_MESSAGE_PRIMARY = PG_DIAG_MESSAGE_PRIMARY,
    PGSTANZA_DIAG_MESSAGE_DETAIL = PG_DIAG_MESSAGE_DETAIL,
    PGSTANZA_DIAG_MESSAGE_HINT = PG_DIAG_MESSAGE_HINT,
    PGSTANZA_DIAG_CONTEXT = PG_DIAG_CONTEXT,
};

// Not in Swift's Glibc module.
static inline int pgstanza_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
