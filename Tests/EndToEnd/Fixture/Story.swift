import Foundation
import PositionedJSON

/// A database with a past: a table that grew in stages, with every kind of position noted after each.
///
/// Positions are taken on the primary once the stage's transaction has been committed and before the next one
/// begins, so that recovery to any of them ends with exactly that stage's rows.
struct Story: Sendable {
    /// What one stage left behind, and the ways to name that moment.
    struct Mark: Sendable {
        /// Contents of the table after the stage, as ``Instance/contents(of:database:)`` gives them.
        let contents: String
        /// Number of rows in the table after the stage.
        let rows: Int
        /// An instant after the stage's commit, as `2026-01-01T00:00:00.000000Z`.
        let time: String
        let lsn: String
        let xid: String
        /// Name of a restore point.
        let name: String
    }

    static let table = "story"
    let primary: Instance

    init(primary: Instance) async throws {
        self.primary = primary
        try await primary.query("CREATE TABLE \(Story.table) (number int PRIMARY KEY, stage text, at timestamptz)")
    }

    /// Adds `rows` rows in one transaction and notes where that left the server.
    func stage(_ name: String, rows: Int = 100) async throws -> Mark {
        let xid = try await primary.value(
            """
            WITH added AS (
                INSERT INTO \(Story.table)
                SELECT coalesce(max, 0) + i, '\(name)', clock_timestamp()
                FROM generate_series(1, \(rows)) i, (SELECT max(number) FROM \(Story.table)) m RETURNING 1)
            SELECT pg_current_xact_id() FROM (SELECT count(*) FROM added) c
            """)
        let contents = try await primary.contents(of: Story.table)
        let position = try await primary.query(
            """
            SELECT pg_current_wal_insert_lsn(), pg_create_restore_point('\(name)'),
                to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            """)[0]
        return Mark(
            contents: contents, rows: Int(contents.prefix { $0 != " " }) ?? -1, time: position[2], lsn: position[0],
            xid: xid, name: name)
    }

    /// What the table holds now on an instance; "missing" when there is no such table.
    static func contents(on instance: Instance) async throws -> String {
        let exists = try await instance.value("SELECT to_regclass('\(table)') IS NOT NULL")
        return exists == "t" ? try await instance.contents(of: table) : "missing"
    }
}
