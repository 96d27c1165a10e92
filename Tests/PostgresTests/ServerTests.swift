import Failures
import Glibc
import TargetTime
import Testing

@testable import Postgres
@testable import TestServers

/// Against real servers; each test takes down what it brought up.
@Suite(.serialized) struct ServerTests {
    @Test func aSessionAnswersFailsAndIsInterrupted() async throws {
        try await TestPlace.with { place in
            let instance = try await place.cluster("n1")
            try await PgCtlService().start(instance)
            let connection = try await Connection.open(instance.connection())

            let rows = try await connection.query(
                "SELECT $1::int + 1 AS next, $2::text AS nothing, $3::text AS quoted", ["41", nil, "it's \\ \"ü\""])
            #expect(rows.count == 1)
            #expect(rows[0]["next"] == "42")
            #expect(rows[0].integer("next") == 42)
            #expect(rows[0]["nothing"] == nil)
            #expect(rows[0][2] == "it's \\ \"ü\"")
            #expect(rows[0]["absent"] == nil)
            #expect(
                try await connection.value("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
                    == "pgstanza")
            #expect(try await connection.value("SHOW search_path") == "")
            #expect(try await connection.value("SHOW timezone") == "UTC")
            let users = try await Connection.with(
                ConnectionParameters(
                    host: place.socketDir, port: instance.port, user: "boss", database: "postgres",
                    settings: ConnectionParameters.usersSearchPath)
            ) { try await $0.value("SHOW search_path") }
            #expect(users == "\"$user\", public")

            let name = "odd \"name\""
            try await connection.execute(
                """
                CREATE TABLE public.\(SQL.identifier(name)) (a int);
                INSERT INTO public.\(SQL.identifier(name)) VALUES (1), (2);
                """)
            #expect(try await connection.value("SELECT count(*) FROM public.\(SQL.identifier(name))") == "2")
            #expect(try await connection.value("SELECT \(SQL.literal("a\\'b"))") == "a\\'b")

            // The error carries everything the server says, and the session goes on.
            let error = await #expect(throws: PostgresError.self) {
                try await connection.execute(
                    "DO $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '22023', DETAIL = 'why', HINT = 'mend'; END $$"
                )
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.message == "broken")
            #expect(error?.hint == "mend")
            #expect(error?.details.contains("why") == true)
            #expect(error?.kind == .operation)

            _ = await connection.takeNotices()
            try await connection.execute("DO $$ BEGIN RAISE NOTICE 'hear me'; END $$")
            #expect(await connection.takeNotices() == ["NOTICE: hear me"])

            // A deadline cancels the statement in the server, and the session can be used again.
            let begin = ContinuousClock.now
            let late = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT pg_sleep(30)", timeout: 0.2)
            }
            #expect(late?.code == "query-timeout")
            #expect(ContinuousClock.now - begin < .seconds(5))
            #expect(try await connection.value("SELECT 'still here'") == "still here")

            let task = Task { try await connection.query("SELECT pg_sleep(30)") }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await connection.value("SELECT 'again'") == "again")
            let sleepers = try await connection.value(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)' AND state = 'active'")
            #expect(sleepers == "0")

            // COPY would leave the protocol in a state of its own.
            let copy = await #expect(throws: PostgresError.self) {
                try await connection.execute("COPY (SELECT 1) TO STDOUT")
            }
            #expect(copy?.code == "copy-refused")
            await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }

            // A server that goes away.
            let other = try await Connection.open(instance.connection())
            try await PgCtlService().stop(instance)
            let gone = await #expect(throws: PostgresError.self) { try await other.query("SELECT 1") }
            #expect(gone?.kind == .unavailable)
            let absent = await #expect(throws: PostgresError.self) { try await Connection.open(instance.connection()) }
            #expect(absent?.kind == .unavailable)
            #expect(absent?.sqlState == nil)
            #expect(absent?.message.contains("socket \(place.path) port \(instance.port)") == true)
        }
    }

    @Test func loginsAreRefusedWithTheServersReason() async throws {
        try await TestPlace.with { place in
            let instance = try await place.cluster("n1", settings: ["listen_addresses": "127.0.0.1"])
            try await PgCtlService().start(instance)
            let connection = try await Connection.open(instance.connection())
            let password = "pass word\\:'"
            let verifier = try ScramVerifier.make(password: password)
            #expect(verifier.hasPrefix("SCRAM-SHA-256$4096:"))
            #expect(!verifier.contains("pass"))
            try await connection.execute("CREATE ROLE app LOGIN PASSWORD \(SQL.literal(verifier))")

            let passfile = place.path + "/passfile"
            try TextFile.write("127.0.0.1:\(instance.port):*:app:pass word\\\\\\:'\n", to: passfile, mode: 0o600)
            var app = ConnectionParameters(
                host: "127.0.0.1", port: instance.port, user: "app", database: "postgres", passfile: passfile)
            #expect(try await Connection.with(app) { try await $0.value("SELECT current_user") } == "app")
            let denied = await #expect(throws: PostgresError.self) {
                try await Connection.with(app) { try await $0.query("SELECT * FROM pg_authid") }
            }
            #expect(denied?.sqlState == "42501")
            #expect(denied?.kind == .notPermitted)

            app.passfile = place.path + "/absent"
            app.user = "boss"
            let refused = await #expect(throws: PostgresError.self) { try await Connection.open(app) }
            // No password to offer: libpq gives up by itself.
            #expect(refused?.kind == .unavailable)
            #expect(refused?.message.contains("no password supplied") == true)

            app.passfile = passfile
            app.user = "app"
            try await connection.execute("ALTER ROLE app PASSWORD 'other'")
            let wrong = await #expect(throws: PostgresError.self) { try await Connection.open(app) }
            #expect(wrong?.sqlState == "28P01")
            #expect(wrong?.kind == .notPermitted)
            #expect(wrong?.isRefusedByHostBasedAuthentication == false)
            #expect(wrong?.message.contains("LOCATION") == false)
        }
    }

    @Test func aFenceKeepsClientsOutAndIsProven() async throws {
        try await TestPlace.with { place in
            let instance = try await place.cluster(
                "n1", settings: ["max_prepared_transactions": "5", "listen_addresses": ""])
            let service = PgCtlService()
            try await service.start(instance)
            let admin = try await Connection.open(instance.connection())
            try await admin.execute(
                "CREATE ROLE app LOGIN; CREATE TABLE public.t (a int); GRANT ALL ON public.t TO app")
            var parameters = instance.connection()
            parameters.user = "app"
            let client = try await Connection.open(parameters)
            let preparer = try await Connection.open(parameters)
            try await preparer.execute("BEGIN; INSERT INTO public.t VALUES (1); PREPARE TRANSACTION 'left over'")
            await preparer.close()

            #expect(try await !FenceProof.isUp(instance.connection(), token: "r1"))
            let fence = HBA.fence(superuser: "boss", access: .method("trust"), token: "r1")
            try place.write(fence, to: instance.pgdata + "/pg_hba.conf")
            // Written, not read: the server goes by the old file.
            #expect(try await !FenceProof.isUp(instance.connection(), token: "r1"))
            try await service.reload(instance)
            try await FenceProof.require(instance.connection(), token: "r1")
            #expect(try await !FenceProof.isUp(instance.connection(), token: "r2"))
            #expect(try await FenceProof.isRefused(parameters))
            #expect(try await !FenceProof.isRefused(instance.connection()))

            // The proof's own session may still be on its way out.
            let sessions = try await SessionControl.clients(admin).filter { $0.user != "boss" }
            #expect(sessions.map(\.user) == ["app"])
            #expect(sessions.first?.client == "local")
            #expect(try await SessionControl.terminateClients(admin, timeout: 10) { $0.user == "boss" } == 1)
            #expect(try await SessionControl.clients(admin).allSatisfy { $0.user == "boss" })
            await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
            let prepared = try await SessionControl.preparedTransactions(admin)
            #expect(prepared.map(\.gid) == ["left over"])
            #expect(prepared.first?.owner == "app")
            #expect(try await SessionControl.backgroundWriters(admin).isEmpty)

            let failed = await #expect(throws: PostgresError.self) {
                try await FenceProof.require(instance.connection(), token: "other", timeout: 0.3)
            }
            #expect(failed?.code == "fence-not-up")
        }
    }

    @Test func aReplicaFollowsAndTheLogIsRead() async throws {
        try await TestPlace.with { place in
            let instance = try await place.cluster(
                "n1", settings: ["listen_addresses": "127.0.0.1", "max_prepared_transactions": "5"])
            let service = PgCtlService()
            try await service.start(instance)
            let admin = try await Connection.open(instance.connection())
            let verifier = try ScramVerifier.make(password: "secret")
            try await admin.execute("CREATE ROLE pgstanza LOGIN REPLICATION PASSWORD \(SQL.literal(verifier))")
            try place.write(
                "host replication pgstanza 127.0.0.1/32 scram-sha-256\nlocal all all trust\n",
                to: instance.pgdata + "/pg_hba.conf")
            try await service.reload(instance)
            let passfile = place.path + "/passfile"
            try place.write("*:*:*:pgstanza:secret\n", to: passfile)
            try await admin.query("SELECT pg_create_physical_replication_slot('pgstanza_n1_b', true)")
            // What a restore leaves behind, and a replica must not inherit.
            try await admin.execute("ALTER SYSTEM SET recovery_target_action = 'promote'")
            try await admin.execute("ALTER SYSTEM SET restore_command = 'false'")
            let space = place.path + "/space"
            mkdir(space, 0o700)
            place.hand(space)
            try await admin.execute("CREATE TABLESPACE fast LOCATION \(SQL.literal(space))")
            try await admin.execute("CREATE TABLE public.t (a int) TABLESPACE fast")

            let replica = place.location("n1b")
            let source = ConnectionParameters(
                host: "127.0.0.1", port: instance.port, user: "pgstanza", database: "", passfile: passfile)
            let progress = Holder<BaseBackup.Progress>()
            try await BaseBackup.take(
                BaseBackup.Request(
                    source: source, slot: "pgstanza_n1_b", pgdata: replica.pgdata, clusterName: "n1-b",
                    port: replica.port, socketDir: place.path, tablespaceMap: [space: place.path + "/space b"],
                    settings: ["listen_addresses": ""]),
                programs: place.programs, onProgress: { progress.set($0) })
            #expect(progress.value?.percent == 100)
            #expect(!DirectoryListing.exists(place.path + "/.n1b.pgstanza-new"))
            let auto = try ServerSettingsFile.read(replica.pgdata + "/postgresql.auto.conf")
            #expect(auto.get("recovery_target_action") == nil)
            #expect(auto.get("restore_command") == nil)
            let conninfo = try #require(auto.get("primary_conninfo").flatMap { ConnectionString.parse($0) })
            #expect(conninfo["passfile"] == passfile)
            #expect(conninfo["password"] == nil)
            #expect(conninfo["application_name"] == "n1-b")
            #expect(try DataDirectory.inspect(replica.pgdata).tablespaces.values.sorted() == [place.path + "/space b"])

            try await service.start(replica)
            #expect(
                try service.status(replica)
                    == .running(pid: PostmasterFile.read(pgdata: replica.pgdata)!.pid, acceptsConnections: true))
            try await readsTheLog(admin, instance: instance, place: place)
            let standby = try await Readiness.connected(to: replica, timeout: 10)
            let position = try await admin.value("SELECT pg_current_wal_lsn()")
            let deadline = Deadline(seconds: 10)
            while try await standby.value("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", [position]) != "t" {
                try #require(!deadline.isOver)
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await standby.value("SELECT sum(a) FROM public.t") == "33")

            try await service.reload(instance)
            try await Task.sleep(for: .milliseconds(100))
            let facts = try await ServerFacts.read(admin)
            let followers = try await ServerFacts.read(standby)
            #expect(facts.systemIdentifier == followers.systemIdentifier)
            #expect(!facts.isInRecovery && followers.isInRecovery)
            #expect(followers.timeline == 1)
            #expect(facts.senders.map(\.applicationName) == ["n1-b"])
            #expect(facts.senders.first?.slot == "pgstanza_n1_b")
            #expect(facts.slots.map(\.isActive) == [true])
            #expect(facts.tablespaces == [Tablespace(oid: facts.tablespaces[0].oid, name: "fast", location: space)])
            #expect(facts.dataDirectory == instance.pgdata)
            #expect(facts.sourceFiles.contains(instance.pgdata + "/pgstanza.conf"))
            #expect(facts.autoConfSettings.contains("restore_command"))
            #expect(facts.dataChecksums)
            #expect(facts.databases == ["postgres"])
            let control = try await ControlData.read(pgdata: instance.pgdata, binDir: place.programs.binDir)
            #expect(control.systemIdentifier == facts.systemIdentifier)
            #expect(control.majorVersion == facts.majorVersion)
            #expect(control.state == "in production")

            await standby.close()
            try await admin.execute("CHECKPOINT")
            try await service.stop(instance)
            // Only now: a promotion while the primary lives would be two of them.
            try await place.programs.promote(replica)
            #expect(try await Readiness.promoted(replica, timeout: 20) == 2)
            try await service.stop(replica)
        }
    }

    private func readsTheLog(_ admin: Connection, instance: InstanceLocation, place: TestPlace) async throws {
        let start = try #require(try await admin.value("SELECT pg_current_wal_insert_lsn()").flatMap { LSN($0) })
        let before = Instant.now().adding(seconds: -1)
        try await admin.execute(
            "BEGIN; INSERT INTO public.t VALUES (1); SAVEPOINT s; INSERT INTO public.t VALUES (2); COMMIT")
        try await admin.execute("BEGIN; INSERT INTO public.t VALUES (10); PREPARE TRANSACTION 'p'")
        let prepared = try await admin.value("SELECT transaction FROM pg_prepared_xacts")
        try await admin.execute("COMMIT PREPARED 'p'")
        let point = try await admin.value("SELECT pg_create_restore_point('before; the \"storm\"')").flatMap { LSN($0) }
        try await admin.execute("BEGIN; INSERT INTO public.t VALUES (99); ROLLBACK")
        try await admin.execute("INSERT INTO public.t VALUES (20)")

        let range = WALDump.Range(directory: instance.pgdata + "/pg_wal", timeline: 1, start: start)
        let all = Holder<[WALRecord]>()
        let end = try await WALDump.scan(range, programs: place.programs) { record in
            all.set((all.value ?? []) + [record])
            return true
        }
        guard case .endOfLog = end else {
            Issue.record("\(end)")
            return
        }
        let transactions = (all.value ?? []).compactMap { record in
            if case .transaction(let transaction) = record { transaction } else { nil }
        }
        #expect(transactions.map(\.outcome) == [.commit, .commitPrepared, .abort, .commit])
        #expect(transactions[0].subtransactions.count == 1)
        #expect(transactions[1].xid == prepared.flatMap { UInt32($0) })
        #expect(transactions.allSatisfy { $0.time > before && $0.time < Instant.now() })
        #expect(try await WALDump.lastCommit(range, programs: place.programs) == transactions[3])
        let inner = transactions[0].subtransactions[0]
        #expect(try await WALDump.find(xid: inner, in: range, programs: place.programs) == transactions[0])
        #expect(try await WALDump.find(xid: 4_000_000, in: range, programs: place.programs) == nil)
        let found = try await WALDump.find(restorePoint: "before; the \"storm\"", in: range, programs: place.programs)
        #expect(try #require(found) < #require(point))
        #expect(try await WALDump.find(restorePoint: "before", in: range, programs: place.programs) == nil)
        let first = try await WALDump.firstCommit(range, notBefore: transactions[1].time, programs: place.programs)
        #expect(first == transactions[1])
        var bounded = range
        bounded.end = found
        #expect(try await WALDump.scan(bounded, programs: place.programs) { _ in true } == .reached)
        #expect(try await WALDump.lastCommit(bounded, programs: place.programs) == transactions[1])
        var absent = range
        absent.timeline = 7
        await #expect(throws: PostgresError.self) { try await WALDump.lastCommit(absent, programs: place.programs) }
    }

    @Test func startsAndStopsAreBoundedAndExplained() async throws {
        try await TestPlace.with { place in
            let instance = try await place.cluster("n1")
            let service = PgCtlService()
            #expect(try service.status(instance) == .stopped)
            try await service.stop(instance)
            try await service.start(instance, options: ["max_connections": "33", "cluster_name": "a b'c"], timeout: 30)
            let admin = try await Connection.open(instance.connection())
            #expect(try await admin.value("SHOW max_connections") == "33")
            #expect(try await admin.value("SHOW cluster_name") == "a b'c")
            #expect(try await ServerFacts.read(admin).commandLineSettings.contains("max_connections"))
            await admin.close()
            try await service.start(instance)
            let again = await #expect(throws: PostgresError.self) {
                try await service.start(instance, options: ["port": "1"], timeout: 5)
            }
            #expect(again?.code == "already-running")
            let alive = try #require(try PostmasterFile.alive(pgdata: instance.pgdata))
            #expect(alive.port == instance.port)
            #expect(alive.socketDir == place.path)
            #expect(!PostmasterFile.isAlive(pid: alive.pid, pgdata: place.path))
            #expect(!PostmasterFile.isAlive(pid: getpid(), pgdata: instance.pgdata))
            let refused = #expect(throws: PostgresError.self) {
                try PostmasterFile.removeStale(pgdata: instance.pgdata)
            }
            #expect(refused?.kind == .refused)
            let finding = await ServiceDetection.detect(pgdata: instance.pgdata)
            #expect(finding.manager == .pgCtl(baseOptions: ["max_connections": "33", "cluster_name": "a b'c"]))

            // Killed: the file stays, its process does not.
            kill(alive.pid, SIGKILL)
            let deadline = Deadline(seconds: 10)
            while !PostmasterFile.processes(pgdata: instance.pgdata).isEmpty, !deadline.isOver {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try service.status(instance) == .stale(pid: alive.pid))
            #expect(
                try await ControlData.read(pgdata: instance.pgdata, binDir: place.programs.binDir).state
                    == "in production")
            #expect(try PostmasterFile.removeStale(pgdata: instance.pgdata))
            #expect(try service.status(instance) == .stopped)

            // A server that cannot start says why, from its own log, and from the one it writes later.
            let config = instance.pgdata + "/postgresql.auto.conf"
            try place.write("logging_collector = on\nlog_directory = 'mylog'\nhba_file = '/nowhere'\n", to: config)
            let late = await #expect(throws: PostgresError.self) { try await service.start(instance, timeout: 20) }
            #expect(late?.details.contains { $0.contains("/nowhere") } == true)
            try place.write("max_connections = 'many'\n", to: config)
            let failed = await #expect(throws: PostgresError.self) { try await service.start(instance, timeout: 20) }
            #expect(failed?.code == "start-failed")
            #expect(failed?.details.contains { $0.contains("max_connections") } == true)
            try place.write("", to: config)

            // A fast stop that takes too long is an error, and the server lives on.
            try await service.start(instance)
            let stopped = try #require(try PostmasterFile.alive(pgdata: instance.pgdata))
            kill(stopped.pid, SIGSTOP)
            let slow = await #expect(throws: PostgresError.self) {
                try await service.stop(instance, mode: .fast, timeout: 1)
            }
            kill(stopped.pid, SIGCONT)
            #expect(slow?.code == "stop-failed")
            #expect(slow?.message.contains("within 1 s") == true)
            try await service.stop(instance, timeout: 20)
            #expect(try await ControlData.read(pgdata: instance.pgdata, binDir: place.programs.binDir).isShutDown)
        }
    }

    @Test func aUnitIsAskedThroughSystemctl() async throws {
        try await TestPlace.with { place in
            let instance = try await place.cluster("n1")
            // In place of systemd: does what the unit would, and writes down what it was asked.
            let systemctl = place.path + "/systemctl"
            try TextFile.write(
                """
                #!/bin/sh
                echo "$@" >> \(place.path)/asked
                case "$2" in
                    start) exec \(place.programs.path("pg_ctl")) -D \(instance.pgdata) -l \(instance.logFile) -w start ;;
                    stop) exec \(place.programs.path("pg_ctl")) -D \(instance.pgdata) -m fast -w stop ;;
                esac
                """, to: systemctl, mode: 0o755)
            let service = SystemdService(unit: "pg one.service", systemctl: systemctl)
            try await service.start(instance)
            guard case .running = try service.status(instance) else {
                Issue.record("not running")
                return
            }
            try await service.reload(instance)
            let options = await #expect(throws: PostgresError.self) {
                try await service.start(instance, options: ["port": "1"], timeout: 5)
            }
            #expect(options?.code == "options-not-taken")
            try await service.stop(instance)
            #expect(try service.status(instance) == .stopped)
            #expect(
                try TextFile.read(place.path + "/asked")
                    == "--no-ask-password reset-failed -- pg one.service\n--no-ask-password start -- pg one.service\n"
                    + "--no-ask-password stop -- pg one.service\n")

            try TextFile.write(
                "#!/bin/sh\necho 'Failed to start x: Interactive authentication required.' >&2\nexit 1\n",
                to: systemctl, mode: 0o755)
            let denied = await #expect(throws: PostgresError.self) { try await service.start(instance) }
            #expect(denied?.kind == .notPermitted)
            #expect(denied?.hint?.contains("polkit") == true)
        }
    }
}

extension Programs {
    /// What a person would do by hand to make a standby a primary.
    fileprivate func promote(_ instance: InstanceLocation) async throws {
        let connection = try await Connection.open(instance.connection())
        try await connection.query("SELECT pg_promote(false)")
        await connection.close()
    }
}
