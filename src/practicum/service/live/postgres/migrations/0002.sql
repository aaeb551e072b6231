-- Read models: documents by view and generation (see service/views.py).

create table generations (
    view text collate "C" not null,
    number int not null,
    schema text collate "C" not null,
    position bigint not null,
    active boolean not null,
    primary key (view, number)
) with (fillfactor = 50);

create unique index one_active_generation on generations (view) where active;

create table documents (
    view text collate "C" not null,
    generation int not null,
    key text collate "C" not null,
    body json not null,
    primary key (view, generation, key)
) with (fillfactor = 80);

create function project(
    of_view text, of_number int, from_position bigint, to_position bigint,
    keys text[], bodies json[], gone text[]
) returns boolean
language plpgsql as $$
begin
    -- What is lost of a read model is folded again from the events, so nothing waits for disk.
    perform set_config('synchronous_commit', 'off', true);
    update generations g set position = to_position
        where g.view = of_view and g.number = of_number and g.position = from_position;
    if not found then
        return false;
    end if;
    delete from documents d
        where d.view = of_view and d.generation = of_number and d.key = any (gone);
    insert into documents (view, generation, key, body)
        select of_view, of_number, w.key, w.body from unnest(keys, bodies) w (key, body)
        on conflict (view, generation, key) do update set body = excluded.body;
    return true;
end $$;
