/// Valid documents that tests break. Every key of the contract stands in one of them, each once.
enum ValidTexts {
    static let database = """
        {
          "id": "orders",
          "spec": {
            "database_name": "orders_db",
            "postgres_version": "15.6",
            "port": 5432,
            "spock_version": "5",
            "postgresql_conf": {"max_connections": 200, "jit": false, "work_mem": "64MB"},
            "pg_hba_conf": ["hostssl orders_db app 10.0.0.0/8 scram-sha-256"],
            "pg_ident_conf": ["people alice app"],
            "scripts": {"post_init": ["CREATE ROLE readers NOLOGIN"], "post_database_create": ["CREATE SCHEMA s"]},
            "database_users": [
              {"username": "boss", "password": "geheim-1", "db_owner": true, "attributes": ["SUPERUSER", "LOGIN"]},
              {"username": "app", "password": {"env": "APP_PASSWORD"}, "attributes": ["LOGIN"], "roles": ["readers"]},
            ],
            "nodes": [
              {
                "name": "n1",
                "host_ids": ["host-1", "host-2"],
                "cpus": "4",
                "orchestrator_opts": {"local": {"instances": {"host-2": {"pgdata": "/srv/n1-replica", "port": 5433}}}},
              },
              {
                "name": "n2", "host_ids": ["host-3"], "source_node": "n1", "port": 5434,
                "postgresql_conf": {"max_wal_senders": 20},
              },
              {
                "name": "n3", "host_ids": ["host-4"],
                "restore_config": {"source_database_id": "older", "restore_options": {"type": "immediate"}},
              },
            ],
            "backup_config": {
              "repositories": [
                {
                  "id": "near", "type": "posix", "base_path": "/backups", "retention_full": 14,
                  "retention_full_type": "count", "custom_options": {"bundle": true, "repo1-bundle-limit": "4MiB"},
                },
                {
                  "id": "cloud", "type": "s3", "s3_bucket": "orders-backups", "s3_region": "eu-central-1",
                  "s3_endpoint": "s3.example.com:9000", "s3_key": "geheim-2", "s3_key_secret": {"file": "/etc/s3"},
                },
                {"id": "google", "type": "gcs", "gcs_bucket": "orders-gcs", "gcs_key": "Z2VoZWltLTM="},
                {
                  "id": "azure", "type": "azure", "azure_account": "ordersacct", "azure_container": "orders-cont",
                  "azure_key": "geheim-4",
                },
                {"id": "share", "type": "cifs", "base_path": "/mnt/share"},
              ],
              "schedules": [
                {"id": "nightly", "type": "full", "cron_expression": "0 1 * * *"},
                {"id": "hourly", "type": "incr", "cron_expression": "30 * * * *"},
              ],
            },
            "restore_config": {
              "source_database_id": "elder", "source_node_name": "n7", "source_database_name": "elder_db",
              "repository": {"id": "past", "type": "posix", "base_path": "/past"},
              "restore_options": {"set": "20250101-010000F", "type": "time", "target": "2025-01-01T01:30:00Z"},
            },
            "orchestrator_opts": {
              "swarm": {"image": "anything"},
              "local": {
                "pgdata": "/srv/pgdata", "bin_dir": "/usr/lib/postgresql/15/bin", "socket_dir": "/run/pg",
                "address": "10.0.0.1", "superuser": "postgres",
                "service": {"type": "systemd", "unit": "postgresql@15-main.service"},
                "replication": {"provider": "spock", "holding_slots": true},
                "pgbackrest": {"bin": "/usr/bin/pgbackrest", "stanza": "main", "options": {"process-max": 4}},
                "hooks": {"before_backup": ["/bin/true", "x"]},
              },
            },
          },
        }
        """

    static let restore = """
        {
          "target_nodes": ["n1", "n2"],
          "restore_config": {
            "source_database_id": "elder", "source_node_name": "n7", "source_database_name": "elder_db",
            "repository": {"type": "posix", "base_path": "/past"},
            "restore_options": {"type": "time", "target": "2025-01-01T01:30:00Z", "process-max": 2},
          },
        }
        """

    static let backup = """
        {"type": "full", "annotations": {"ticket": "OPS-17"}, "backup_options": {"start-fast": true}}
        """
}
