-- Version 1 of an event store's tables. They live in the schema that the connection's
-- search_path names, one schema per service.
--
-- Text that is a key is compared bytewise (collate "C"): faster, and the same order everywhere.

-- The one row that serialises commits: who updates it holds its lock until the transaction is
-- durable and visible, so positions and sequences have no gaps and appear in order. The low
-- fillfactor makes PostgreSQL prune the row's dead versions after a few updates.
create table head (
    one boolean primary key default true check (one),
    position bigint not null,
    sequence bigint not null
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

insert into head (position, sequence) values (0, 0);

-- A stream's version is its number of events: the greatest version in the second index.
create table events (
    position bigint primary key,
    stream text collate "C" not null,
    version bigint not null,
    type text collate "C" not null,
    event json not null,
    unique (stream, version)
);

create table outbox (
    sequence bigint primary key,
    topic text collate "C" not null,
    key text collate "C" not null,
    event json not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table inbox (
    consumer_group text collate "C" not null,
    message_id text collate "C" not null,
    handled_at double precision not null,
    primary key (consumer_group, message_id)
);

create table timers (
    name text collate "C" primary key,
    due double precision not null,
    event json not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create index timers_by_due on timers (due, name);

create table snapshots (
    stream text collate "C" primary key,
    version bigint not null,
    schema text collate "C" not null,
    state json not null
) with (fillfactor = 70);

create table fences (
    name text collate "C" primary key,
    token bigint not null
) with (fillfactor = 50);

-- Refusals carry what was refused as JSON in the error's detail.

create function refuse_fenced(name text, token bigint, newest bigint) returns void
language plpgsql as $$
begin
    raise exception 'fenced' using errcode = 'PX001',
        detail = json_build_array(name, token, newest)::text;
end $$;

create function refuse_handled(groups text[], ids text[]) returns void
language plpgsql as $$
declare
    found_group text;
    found_id text;
begin
    -- What this transaction did not insert was there before it; failing that, the commit
    -- names one message twice.
    select h.consumer_group, h.message_id into found_group, found_id
    from (
        select u.*, row_number() over (partition by u.consumer_group, u.message_id order by u.n)
            as copy
        from unnest(groups, ids) with ordinality u (consumer_group, message_id, n)
    ) h
    join inbox i on i.consumer_group = h.consumer_group and i.message_id = h.message_id
    where h.copy > 1 or i.xmin <> pg_current_xact_id()::xid
    order by h.n limit 1;
    raise exception 'already handled' using errcode = 'PX002',
        detail = json_build_array(found_group, found_id)::text;
end $$;

create function refuse_conflict(stream text, expected bigint, actual bigint) returns void
language plpgsql as $$
begin
    raise exception 'conflict' using errcode = 'PX003',
        detail = json_build_array(stream, expected, actual)::text;
end $$;

-- One transaction in one round trip. Numbers in *_at point into `streams` (from 1); an offset
-- counts the events that this commit puts into the same stream before.
--
-- Every statement of a volatile function sees what was committed before it began (READ
-- COMMITTED), so what is read after the lock on head was taken cannot change any more.
create function commit_all(
    fence_names text[], fence_tokens bigint[],
    handled_groups text[], handled_ids text[], now double precision,
    streams text[],
    check_at int[], check_expected bigint[], check_offset bigint[],
    event_at int[], event_stream text[], event_offset bigint[], event_type text[],
    event_json json[],
    out_topic text[], out_key text[], out_json json[],
    cancelled text[],
    timer_name text[], timer_due double precision[], timer_json json[],
    snapshot_at int[], snapshot_stream text[], snapshot_version bigint[],
    snapshot_offset bigint[], snapshot_schema text[], snapshot_state json[]
) returns bigint
language plpgsql as $$
declare
    event_count int := cardinality(event_at);
    out_count int := cardinality(out_topic);
    handled_count int := cardinality(handled_ids);
    last_position bigint;
    last_sequence bigint;
    bases bigint[];
    newest bigint;
    affected bigint;
begin
    update head set position = position + event_count, sequence = sequence + out_count
    where one returning position, sequence into last_position, last_sequence;

    for i in 1 .. cardinality(fence_names) loop
        select token into newest from fences where name = fence_names[i];
        if newest is null then
            insert into fences (name, token) values (fence_names[i], fence_tokens[i]);
        elsif newest < fence_tokens[i] then
            update fences set token = fence_tokens[i] where name = fence_names[i];
        elsif newest > fence_tokens[i] then
            perform refuse_fenced(fence_names[i], fence_tokens[i], newest);
        end if;
    end loop;

    if handled_count > 0 then
        insert into inbox (consumer_group, message_id, handled_at)
        select h.consumer_group, h.message_id, now
        from unnest(handled_groups, handled_ids) h (consumer_group, message_id)
        on conflict do nothing;
        get diagnostics affected = row_count;
        if affected < handled_count then
            perform refuse_handled(handled_groups, handled_ids);
        end if;
    end if;

    if cardinality(streams) > 0 then
        bases := array(
            select coalesce(
                (select max(e.version) from events e where e.stream = s.stream), 0)
            from unnest(streams) s (stream));
        perform refuse_conflict(streams[c.at], c.expected, bases[c.at] + c.behind)
        from unnest(check_at, check_expected, check_offset) c (at, expected, behind)
        where c.expected <> bases[c.at] + c.behind;
    end if;

    if event_count > 0 then
        insert into events (position, stream, version, type, event)
        select last_position - event_count + e.n, e.stream, bases[e.at] + e.behind + 1,
            e.type, e.event
        from unnest(event_at, event_stream, event_offset, event_type, event_json)
            with ordinality e (at, stream, behind, type, event, n);
    end if;

    if out_count > 0 then
        insert into outbox (sequence, topic, key, event)
        select last_sequence - out_count + o.n, o.topic, o.key, o.event
        from unnest(out_topic, out_key, out_json) with ordinality o (topic, key, event, n);
    end if;

    if cardinality(cancelled) > 0 then
        delete from timers where name = any (cancelled);
    end if;
    if cardinality(timer_name) > 0 then
        insert into timers (name, due, event)
        select t.name, t.due, t.event
        from unnest(timer_name, timer_due, timer_json) t (name, due, event)
        on conflict (name) do update set due = excluded.due, event = excluded.event;
    end if;

    if cardinality(snapshot_at) > 0 then
        perform refuse_conflict(s.stream, s.version, bases[s.at] + s.behind)
        from unnest(snapshot_at, snapshot_stream, snapshot_version, snapshot_offset)
            s (at, stream, version, behind)
        where s.version > bases[s.at] + s.behind;
        insert into snapshots (stream, version, schema, state)
        select s.stream, s.version, s.schema, s.state
        from unnest(snapshot_stream, snapshot_version, snapshot_schema, snapshot_state)
            s (stream, version, schema, state)
        on conflict (stream) do update
        set version = excluded.version, schema = excluded.schema, state = excluded.state
        where snapshots.version <= excluded.version;
    end if;

    return last_position;
end $$;

-- A mark that a power cut loses only sends a message again, and receivers drop the copy: so
-- this transaction need not wait for the disk.
create function mark_sent(sequences bigint[]) returns void
language plpgsql as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    delete from outbox where sequence = any (sequences);
end $$;
