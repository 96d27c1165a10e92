-- A stand-in for Spock 5.0: its functions, arguments and catalogs, with pglogical, renamed to spockrows, moving the rows. See README.md.

CREATE FUNCTION spock.require_library() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('shared_preload_libraries') !~ '\mspock\M' THEN
        RAISE EXCEPTION 'spock is not in shared_preload_libraries';
    END IF;
END $$;

SELECT spock.require_library();

-- What Spock remembers and pglogical does not.

CREATE TABLE spock.more_of_node (node_id oid PRIMARY KEY, location text, country text, info jsonb);

CREATE TABLE spock.more_of_subscription (
    sub_id oid PRIMARY KEY, skip_lsn pg_lsn NOT NULL DEFAULT '0/0', skip_schema text[],
    created_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE spock.progress (
    node_id oid NOT NULL, remote_node_id oid NOT NULL, remote_commit_ts timestamptz NOT NULL,
    remote_lsn pg_lsn NOT NULL, remote_insert_lsn pg_lsn NOT NULL, last_updated_ts timestamptz,
    updated_by_decode bool, PRIMARY KEY (node_id, remote_node_id));

-- Whether pglogical's own catalogs are there: they come with node_create.
CREATE FUNCTION spock.has_node() RETURNS bool LANGUAGE sql STABLE AS
    $$ SELECT to_regclass('spockrows.local_node') IS NOT NULL $$;

-- The catalogs. Each is a view of a function, since what they show is not there before node_create.

CREATE FUNCTION spock.rows_of_node()
RETURNS TABLE (node_id oid, node_name name, location text, country text, info jsonb)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT n.node_id, n.node_name, m.location, m.country, m.info
                   FROM spockrows.node n LEFT JOIN spock.more_of_node m ON m.node_id = n.node_id;
END $$;
CREATE VIEW spock.node AS SELECT * FROM spock.rows_of_node();

CREATE FUNCTION spock.rows_of_node_interface()
RETURNS TABLE (if_id oid, if_name name, if_nodeid oid, if_dsn text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT i.if_id, i.if_name, i.if_nodeid, i.if_dsn FROM spockrows.node_interface i;
END $$;
CREATE VIEW spock.node_interface AS SELECT * FROM spock.rows_of_node_interface();

CREATE FUNCTION spock.rows_of_local_node()
RETURNS TABLE (node_id oid, node_local_interface oid)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT l.node_id, l.node_local_interface FROM spockrows.local_node l;
END $$;
CREATE VIEW spock.local_node AS SELECT * FROM spock.rows_of_local_node();

CREATE FUNCTION spock.rows_of_subscription()
RETURNS TABLE (
    sub_id oid, sub_name name, sub_origin oid, sub_target oid, sub_origin_if oid, sub_target_if oid,
    sub_enabled bool, sub_slot_name name, sub_replication_sets text[], sub_forward_origins text[],
    sub_apply_delay interval, sub_force_text_transfer bool, sub_skip_lsn pg_lsn, sub_skip_schema text[],
    sub_created_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT s.sub_id, s.sub_name, s.sub_origin, s.sub_target, s.sub_origin_if, s.sub_target_if,
                        s.sub_enabled, s.sub_slot_name, s.sub_replication_sets, s.sub_forward_origins,
                        s.sub_apply_delay, s.sub_force_text_transfer, m.skip_lsn, m.skip_schema, m.created_at
                   FROM spockrows.subscription s LEFT JOIN spock.more_of_subscription m ON m.sub_id = s.sub_id;
END $$;
CREATE VIEW spock.subscription AS SELECT * FROM spock.rows_of_subscription();

CREATE FUNCTION spock.rows_of_local_sync_status()
RETURNS TABLE (
    sync_kind "char", sync_subid oid, sync_nspname name, sync_relname name, sync_status "char",
    sync_statuslsn pg_lsn)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT y.sync_kind, y.sync_subid, y.sync_nspname, y.sync_relname, y.sync_status, y.sync_statuslsn
                   FROM spockrows.local_sync_status y;
END $$;
CREATE VIEW spock.local_sync_status AS SELECT * FROM spock.rows_of_local_sync_status();

CREATE FUNCTION spock.rows_of_replication_set()
RETURNS TABLE (
    set_id oid, set_nodeid oid, set_name name, replicate_insert bool, replicate_update bool, replicate_delete bool,
    replicate_truncate bool)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT r.set_id, r.set_nodeid, r.set_name, r.replicate_insert, r.replicate_update,
                        r.replicate_delete, r.replicate_truncate
                   FROM spockrows.replication_set r;
END $$;
CREATE VIEW spock.replication_set AS SELECT * FROM spock.rows_of_replication_set();

CREATE FUNCTION spock.rows_of_replication_set_table()
RETURNS TABLE (set_id oid, set_reloid regclass, set_att_list text[], set_row_filter pg_node_tree)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT t.set_id, t.set_reloid, t.set_att_list, t.set_row_filter
                   FROM spockrows.replication_set_table t;
END $$;
CREATE VIEW spock.replication_set_table AS SELECT * FROM spock.rows_of_replication_set_table();

CREATE FUNCTION spock.rows_of_replication_set_seq()
RETURNS TABLE (set_id oid, set_seqoid regclass)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT q.set_id, q.set_seqoid FROM spockrows.replication_set_seq q;
END $$;
CREATE VIEW spock.replication_set_seq AS SELECT * FROM spock.rows_of_replication_set_seq();

-- Nodes.

CREATE FUNCTION spock.node_create(
    node_name name, dsn text, location text DEFAULT NULL, country text DEFAULT NULL, info jsonb DEFAULT NULL)
RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    made oid;
BEGIN
    PERFORM spock.require_library();
    IF EXISTS (SELECT FROM spock.node n WHERE n.node_name = $1) THEN
        RAISE EXCEPTION 'node % already exists', node_name;
    END IF;
    IF NOT spock.has_node() THEN CREATE EXTENSION spockrows; END IF;
    made := spockrows.create_node(node_name, dsn);
    INSERT INTO spock.more_of_node VALUES (made, location, country, info);
    RETURN made;
END $$;

CREATE FUNCTION spock.node_drop(node_name name, ifexists bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    IF NOT EXISTS (SELECT FROM spock.node n WHERE n.node_name = $1) THEN
        IF ifexists THEN RETURN false; END IF;
        RAISE EXCEPTION 'node % not found', node_name;
    END IF;
    IF EXISTS (SELECT FROM spock.subscription s JOIN spock.node n ON n.node_id IN (s.sub_origin, s.sub_target)
                WHERE n.node_name = $1) THEN
        RAISE EXCEPTION 'cannot drop node "%" because it still has subscriptions associated with it', node_name;
    END IF;
    DELETE FROM spock.more_of_node m USING spockrows.node n WHERE n.node_id = m.node_id AND n.node_name = $1;
    RETURN spockrows.drop_node(node_name, ifexists);
END $$;

CREATE FUNCTION spock.node_add_interface(node_name name, interface_name name, dsn text)
RETURNS oid LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.alter_node_add_interface(node_name, interface_name, dsn);
END $$;

CREATE FUNCTION spock.node_drop_interface(node_name name, interface_name name)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.alter_node_drop_interface(node_name, interface_name);
END $$;

CREATE FUNCTION spock.node_info(
    OUT node_id oid, OUT node_name text, OUT sysid text, OUT dbname text, OUT replication_sets text,
    OUT location text, OUT country text, OUT info jsonb)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM spock.require_library();
    SELECT i.node_id, i.node_name, i.sysid, i.dbname, i.replication_sets, m.location, m.country, m.info
      INTO node_id, node_name, sysid, dbname, replication_sets, location, country, info
      FROM spockrows.pglogical_node_info() i LEFT JOIN spock.more_of_node m ON m.node_id = i.node_id;
END $$;

-- Subscriptions.

CREATE FUNCTION spock.sub_create(
    subscription_name name, provider_dsn text,
    replication_sets text[] DEFAULT '{default,default_insert_only,ddl_sql}',
    synchronize_structure bool DEFAULT false, synchronize_data bool DEFAULT false,
    forward_origins text[] DEFAULT '{}', apply_delay interval DEFAULT '0', force_text_transfer bool DEFAULT false,
    enabled bool DEFAULT true, skip_schema text[] DEFAULT '{}')
RETURNS oid LANGUAGE plpgsql STRICT AS $$
DECLARE
    made oid;
BEGIN
    PERFORM spock.require_library();
    IF EXISTS (SELECT FROM spock.subscription s WHERE s.sub_name = $1) THEN
        RAISE WARNING 'subscription % already subscribes to replication set', subscription_name;
        RAISE EXCEPTION 'subscription % already exists', subscription_name;
    END IF;
    IF NOT enabled AND (synchronize_structure OR synchronize_data) THEN
        RAISE EXCEPTION 'a disabled subscription cannot synchronize';
    END IF;
    made := spockrows.create_subscription(
        subscription_name, provider_dsn, replication_sets, synchronize_structure, synchronize_data, forward_origins,
        apply_delay, force_text_transfer);
    INSERT INTO spock.more_of_subscription (sub_id, skip_schema) VALUES (made, skip_schema);
    IF NOT enabled THEN
        -- No worker, no slot; the state says that nothing is left to be copied, and the origin is there.
        UPDATE spockrows.subscription s SET sub_enabled = false WHERE s.sub_id = made;
        UPDATE spockrows.local_sync_status y SET sync_status = 'r' WHERE y.sync_subid = made;
        PERFORM pg_replication_origin_create(s.sub_slot_name) FROM spockrows.subscription s WHERE s.sub_id = made;
    END IF;
    RETURN made;
END $$;

CREATE FUNCTION spock.require_subscription(subscription_name name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM spock.require_library();
    IF NOT EXISTS (SELECT FROM spock.subscription s WHERE s.sub_name = $1) THEN
        RAISE EXCEPTION 'subscription % not found', subscription_name;
    END IF;
END $$;

CREATE FUNCTION spock.sub_drop(subscription_name name, ifexists bool DEFAULT false)
RETURNS oid LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    IF ifexists AND NOT EXISTS (SELECT FROM spock.subscription s WHERE s.sub_name = $1) THEN RETURN 0; END IF;
    PERFORM spock.require_subscription(subscription_name);
    DELETE FROM spock.more_of_subscription m USING spockrows.subscription s
     WHERE s.sub_id = m.sub_id AND s.sub_name = $1;
    RETURN spockrows.drop_subscription(subscription_name, ifexists);
END $$;

CREATE FUNCTION spock.sub_enable(subscription_name name, immediate bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    RETURN spockrows.alter_subscription_enable(subscription_name, immediate);
END $$;

CREATE FUNCTION spock.sub_disable(subscription_name name, immediate bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    RETURN spockrows.alter_subscription_disable(subscription_name, immediate);
END $$;

CREATE FUNCTION spock.sub_alter_interface(subscription_name name, interface_name name)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    RETURN spockrows.alter_subscription_interface(subscription_name, interface_name);
END $$;

CREATE FUNCTION spock.sub_alter_skiplsn(subscription_name name, lsn pg_lsn)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    UPDATE spock.more_of_subscription m SET skip_lsn = lsn FROM spockrows.subscription s
     WHERE s.sub_id = m.sub_id AND s.sub_name = $1;
    RETURN true;
END $$;

CREATE FUNCTION spock.sub_add_repset(subscription_name name, replication_set name)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    RETURN spockrows.alter_subscription_add_replication_set(subscription_name, replication_set);
END $$;

CREATE FUNCTION spock.sub_remove_repset(subscription_name name, replication_set name)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    RETURN spockrows.alter_subscription_remove_replication_set(subscription_name, replication_set);
END $$;

CREATE FUNCTION spock.rows_of_status(wanted name)
RETURNS TABLE (
    subscription_name text, status text, provider_node text, provider_dsn text, slot_name text,
    replication_sets text[], forward_origins text[])
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM spock.require_library();
    IF NOT spock.has_node() THEN RETURN; END IF;
    RETURN QUERY SELECT * FROM spockrows.show_subscription_status(wanted);
END $$;

CREATE FUNCTION spock.sub_show_status(
    subscription_name name DEFAULT NULL, OUT subscription_name text, OUT status text, OUT provider_node text,
    OUT provider_dsn text, OUT slot_name text, OUT replication_sets text[], OUT forward_origins text[])
RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT * FROM spock.rows_of_status($1) $$;

-- Slots and origins are named by the library, whose texts have Spock's form.
CREATE FUNCTION spock.spock_gen_slot_name(dbname name, provider_node name, subscription name)
RETURNS name LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.pglogical_gen_slot_name(dbname, provider_node, subscription);
END $$;

CREATE FUNCTION spock.sub_wait_for_sync(subscription_name name)
RETURNS void LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_subscription(subscription_name);
    PERFORM spockrows.wait_for_subscription_sync_complete(subscription_name);
END $$;

-- Positions.

-- Something that travels, so that a subscriber's origin passes the position that is given.
CREATE FUNCTION spock.sync_event(transactional bool DEFAULT false)
RETURNS pg_lsn LANGUAGE plpgsql AS $$
BEGIN
    PERFORM spock.require_library();
    PERFORM spockrows.replicate_ddl_command('SELECT', '{ddl_sql}');
    RETURN pg_current_wal_insert_lsn();
END $$;

CREATE PROCEDURE spock.wait_for_sync_event(
    OUT result bool, origin oid, lsn pg_lsn, timeout int DEFAULT 0, wait_if_disabled bool DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := clock_timestamp();
    enabled bool;
    passed pg_lsn;
BEGIN
    PERFORM spock.require_library();
    LOOP
        SELECT s.sub_enabled, p.remote_lsn INTO enabled, passed
          FROM spock.subscription s
               LEFT JOIN pg_replication_origin_status p ON p.external_id = s.sub_slot_name
         WHERE s.sub_origin = origin;
        IF NOT FOUND THEN RAISE EXCEPTION 'no subscription to node %', origin; END IF;
        IF NOT enabled AND NOT wait_if_disabled THEN RAISE EXCEPTION 'the subscription is disabled'; END IF;
        IF passed >= lsn THEN
            result := true;
            RETURN;
        END IF;
        IF timeout > 0 AND clock_timestamp() > start + make_interval(secs => timeout) THEN
            result := false;
            RETURN;
        END IF;
        -- Also for the catalogs, which this session would otherwise see as they were.
        COMMIT;
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;

CREATE PROCEDURE spock.wait_for_sync_event(
    OUT result bool, origin name, lsn pg_lsn, timeout int DEFAULT 0, wait_if_disabled bool DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
    id oid;
BEGIN
    SELECT n.node_id INTO id FROM spock.node n WHERE n.node_name = origin;
    IF NOT FOUND THEN RAISE EXCEPTION 'node % not found', origin; END IF;
    CALL spock.wait_for_sync_event(result, id, lsn, timeout, wait_if_disabled);
END $$;

CREATE FUNCTION spock.wait_slot_confirm_lsn(slotname name, target pg_lsn)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM spock.require_library();
    PERFORM spockrows.wait_slot_confirm_lsn(slotname, target);
END $$;

CREATE FUNCTION spock.get_apply_worker_status(
    OUT worker_pid bigint, OUT worker_dboid int, OUT worker_subid bigint, OUT worker_status text)
RETURNS SETOF record LANGUAGE sql AS $$
    SELECT a.pid::bigint, a.datid::oid::int8::int, s.sub_id::int8, 'running'
      FROM pg_stat_activity a JOIN spock.subscription s ON a.backend_type LIKE 'spock apply %:' || s.sub_id
     WHERE a.datname = current_database()
$$;

-- Replication sets.

CREATE FUNCTION spock.repset_create(
    set_name name, replicate_insert bool DEFAULT true, replicate_update bool DEFAULT true,
    replicate_delete bool DEFAULT true, replicate_truncate bool DEFAULT true)
RETURNS oid LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.create_replication_set(
        set_name, replicate_insert, replicate_update, replicate_delete, replicate_truncate);
END $$;

CREATE FUNCTION spock.repset_alter(
    set_name name, replicate_insert bool DEFAULT NULL, replicate_update bool DEFAULT NULL,
    replicate_delete bool DEFAULT NULL, replicate_truncate bool DEFAULT NULL)
RETURNS oid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.alter_replication_set(
        set_name, replicate_insert, replicate_update, replicate_delete, replicate_truncate);
END $$;

CREATE FUNCTION spock.repset_drop(set_name name, ifexists bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.drop_replication_set(set_name, ifexists);
END $$;

CREATE FUNCTION spock.repset_add_table(
    set_name name, relation regclass, synchronize_data bool DEFAULT false, columns text[] DEFAULT NULL,
    row_filter text DEFAULT NULL, include_partitions bool DEFAULT true)
RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    part regclass;
BEGIN
    PERFORM spock.require_library();
    PERFORM spockrows.replication_set_add_table(set_name, relation, synchronize_data, columns, row_filter);
    IF include_partitions THEN
        FOR part IN SELECT p.relid FROM pg_partition_tree(relation) p WHERE p.level > 0 LOOP
            PERFORM spockrows.replication_set_add_table(set_name, part, synchronize_data, columns, row_filter);
        END LOOP;
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION spock.repset_add_all_tables(
    set_name name, schema_names text[], synchronize_data bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.replication_set_add_all_tables(set_name, schema_names, synchronize_data);
END $$;

CREATE FUNCTION spock.repset_remove_table(
    set_name name, relation regclass, include_partitions bool DEFAULT true)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.replication_set_remove_table(set_name, relation);
END $$;

CREATE FUNCTION spock.repset_add_seq(set_name name, relation regclass, synchronize_data bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.replication_set_add_sequence(set_name, relation, synchronize_data);
END $$;

CREATE FUNCTION spock.repset_add_all_seqs(
    set_name name, schema_names text[], synchronize_data bool DEFAULT false)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.replication_set_add_all_sequences(set_name, schema_names, synchronize_data);
END $$;

CREATE FUNCTION spock.repset_remove_seq(set_name name, relation regclass)
RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM spock.require_library();
    RETURN spockrows.replication_set_remove_sequence(set_name, relation);
END $$;
