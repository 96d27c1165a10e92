import Testing

@testable import Postgres
@testable import TestServers

@Suite struct ServiceDetectionTests {
    @Test func settingsAreReadFromACommandLine() {
        let arguments = [
            "/usr/lib/postgresql/15/bin/postgres", "-D", "/data", "-c", "config_file=/etc/x.conf",
            "--unix-socket-directories=/run", "-p", "6000", "-cport=7", "-F", "-k", "/tmp", "-c", "data_directory=/d",
        ]
        #expect(
            StartOptions.settings(in: arguments)
                == ["config_file": "/etc/x.conf", "unix_socket_directories": "/tmp", "port": "7"])
        #expect(StartOptions.settings(in: ["postgres", "-c"]) == [:])
        #expect(StartOptions.settings(in: []) == [:])
    }

    @Test func unitsAreReadFromControlGroups() {
        #expect(
            SystemdUnit.unitNames(inControlGroups: [
                "0::/system.slice/system-postgresql.slice/postgresql@15-main.service"
            ]) == ["postgresql@15-main.service"])
        #expect(
            SystemdUnit.unitNames(inControlGroups: [
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/pg.service"
            ])
                == ["pg.service", "user@1000.service"])
        #expect(SystemdUnit.unitNames(inControlGroups: ["0::/user.slice/session-3.scope"]).isEmpty)
    }

    @Test func aUnitNamesItsDirectory() {
        let unit = """
            [Service]
            Environment=PGDATA=/var/lib/pgsql/15/data/
            ExecStart=/usr/pgsql-15/bin/postgres -D ${PGDATA}
            """
        #expect(SystemdUnit.runs(unit, pgdata: "/var/lib/pgsql/15/data"))
        #expect(!SystemdUnit.runs(unit, pgdata: "/var/lib/pgsql/15"))
        #expect(SystemdUnit.runs("ExecStart=/bin/postgres -D /data -p 1", pgdata: "/data"))
        #expect(SystemdUnit.runs("ExecStart=/bin/postgres \"-D\" \"/data\"", pgdata: "/data"))
        #expect(!SystemdUnit.runs("ExecStart=/bin/backup --from /data", pgdata: "/data"))
        #expect(!SystemdUnit.runs("#ExecStart=/bin/postgres -D /data", pgdata: "/data"))
    }

    @Test func parentsThatRestartAreNamed() {
        let python = ParentProcess.supervisor(
            parentName: "python3", parentPID: 7, arguments: ["python3", "/usr/bin/supervisord", "-n"])
        #expect(python?.kind == .processSupervisor)
        #expect(python?.name == "supervisord (process 7)")
        #expect(python?.howToHold.contains("supervisorctl stop") == true)
        #expect(
            ParentProcess.supervisor(parentName: "runsv", parentPID: 7, arguments: ["runsv", "pg"])?.kind
                == .processSupervisor)
        #expect(
            ParentProcess.supervisor(
                parentName: "systemd", parentPID: 7, arguments: ["/lib/systemd/systemd", "--user"]) == nil)
        #expect(ParentProcess.supervisor(parentName: "bash", parentPID: 7, arguments: ["bash"]) == nil)
        #expect(
            ParentProcess.supervisor(parentName: "keeper", parentPID: 7, arguments: ["keeper"])?.kind == .unknownParent)
    }

    @Test func patroniIsKnownByItsProcess() {
        let arguments = ["/usr/bin/python3", "/usr/bin/patroni", "/etc/patroni/main.yml"]
        #expect(Patroni.isPatroni(arguments: arguments))
        #expect(Patroni.configuration(in: arguments) == "/etc/patroni/main.yml")
        #expect(Patroni.isPatroni(arguments: ["python3", "-m", "patroni", "x.yaml"]))
        #expect(!Patroni.isPatroni(arguments: ["python3", "/usr/bin/patronictl", "list"]))
        #expect(!Patroni.isPatroni(arguments: ["vi", "/etc/patroni/main.yml"]))
        let yaml = "scope: x\npostgresql:\n  listen: a\n  data_dir: /var/lib/pg/15 # here\n  bin_dir: /b\n"
        #expect(Patroni.dataDirectory(inConfiguration: yaml) == "/var/lib/pg/15")
        #expect(Patroni.dataDirectory(inConfiguration: "  data_dir: \"/a b\"\n") == "/a b")
        #expect(Patroni.dataDirectory(inConfiguration: "# data_dir: /x\n") == nil)
        #expect(Patroni.isPaused("{\"ttl\": 30, \"pause\": true}"))
        #expect(!Patroni.isPaused("{\"ttl\": 30, \"pause\": false}"))
    }

    @Test func debianClustersAreFoundByTheirDirectory() async throws {
        try await TestPlace.with { place in
            let data = place.path + "/data"
            let config = place.path + "/etc/15/main"
            try StagedDirectory.makeDirectories(data)
            try StagedDirectory.makeDirectories(config)
            try StagedDirectory.makeDirectories(place.path + "/etc/15/other")
            try TextFile.write("data_directory = '\(data)'  # here\n", to: config + "/postgresql.conf", mode: 0o644)
            let found = DebianCluster.find(pgdata: data + "/", root: place.path + "/etc")
            #expect(found == DebianCluster(major: 15, name: "main", configDirectory: config))
            #expect(DebianCluster.find(pgdata: place.path, root: place.path + "/etc") == nil)
            #expect(DebianCluster.find(pgdata: data, root: place.path + "/nothing") == nil)
        }
    }
}
