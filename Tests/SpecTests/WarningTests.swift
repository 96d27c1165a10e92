import Spec
import Testing

@Suite("Warnings")
struct WarningTests {
    private func warnings(_ text: String) throws -> [String] {
        SpecReader.warnings(for: try SpecReader.readDatabase(Array(text.utf8), file: "x"))
    }

    @Test("nothing to say about a plain spec")
    func none() throws {
        #expect(try warnings(#"{"database_name": "d", "nodes": [{"name": "n1", "host_ids": ["a"], "port": 1}]}"#) == [])
    }

    @Test("one port on different hosts, replicas included")
    func ports() throws {
        let text = """
            {"database_name": "d", "port": 5432, "nodes": [
              {"name": "n1", "host_ids": ["a", "b"]},
              {"name": "n2", "host_ids": ["c"], "port": 5433},
              {"name": "n3", "host_ids": ["d"]},
            ]}
            """
        #expect(
            try warnings(text) == [
                "port 5432 is used by n1 on a, n1 on b and n3 on d: on one machine only one of them could start"
            ])
    }

    @Test("a free port is nobody's")
    func freePorts() throws {
        #expect(
            try warnings(#"{"database_name": "d", "port": 0, "nodes": [{"name": "n1", "host_ids": ["a", "b"]}]}"#) == []
        )
    }

    @Test("one data directory on different hosts")
    func directories() throws {
        let text = """
            {"database_name": "d", "nodes": [{"name": "n1", "host_ids": ["a"]}, {"name": "n2", "host_ids": ["b"]}],
             "orchestrator_opts": {"local": {"pgdata": "/data/"}}}
            """
        #expect(
            try warnings(text) == [
                "/data is the data directory of n1 on a and n2 on b: on one machine they would be one server"
            ])
    }

    @Test("settings that pgstanza sets itself, and what is not used")
    func overridden() throws {
        let text = """
            {"database_name": "d", "cpus": "4", "services": [], "postgresql_conf": {"Port": 5},
             "nodes": [{"name": "n1", "host_ids": ["a"], "memory": "1G", "postgresql_conf": {"archive_mode": true}}]}
            """
        #expect(
            try warnings(text) == [
                "Port in postgresql_conf is set by pgstanza: the port of a node is its key port",
                "archive_mode in postgresql_conf of n1 is set by pgstanza: backup_config turns archiving on and off",
                "not used by pgstanza: cpus, services, nodes[0].memory",
            ])
    }

    @Test("backups that will not do")
    func backups() throws {
        let text = """
            {"database_name": "d", "nodes": [{"name": "n1", "host_ids": ["a"]}], "backup_config": {
              "repositories": [
                {"type": "s3", "s3_bucket": "abc"},
                {"type": "s3", "s3_bucket": "abcd", "custom_options": {"repo1-s3-region": "x"}},
                {"type": "azure", "azure_account": "abc", "azure_container": "abc"},
              ],
              "schedules": [{"id": "i", "type": "incr", "cron_expression": "@hourly"}]}}
            """
        #expect(
            try warnings(text) == [
                "backup_config has no schedule for full backups: retention counts those, so that nothing expires",
                "repositories[0] in backup_config names no s3_region: us-east-1 is taken",
                "repositories[2] in backup_config has no azure_key: only newer versions of pgBackRest can do without",
            ])
    }
}
