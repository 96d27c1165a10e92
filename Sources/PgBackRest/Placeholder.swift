enum PgBackRestPlaceholder {}
