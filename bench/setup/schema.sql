-- The bench's tables: the same for every peer. Ids may come from the client or from the database.
create extension pg_stat_statements;

create table accounts (
  id uuid primary key default uuidv7(),
  username text not null unique,
  email text not null unique,
  hashed_password text not null,
  full_name text,
  is_active boolean not null default true,
  balance integer not null default 0,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

create table orders (
  id uuid primary key default uuidv7(),
  account_id uuid not null references accounts (id),
  item text not null,
  quantity integer not null,
  note text,
  created_at timestamptz(3) not null default now()
);

create table order_lines (
  id uuid primary key default uuidv7(),
  order_id uuid not null references orders (id),
  item text not null,
  quantity integer not null,
  price integer not null
);

create table entries (
  id uuid primary key default uuidv7(),
  account_id uuid not null references accounts (id),
  amount integer not null,
  balance integer not null,
  created_at timestamptz(3) not null default now()
);

create table sessions (
  id uuid primary key default uuidv7(),
  account_id uuid not null references accounts (id),
  token_hash text not null,
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now()
);

create table items (
  id bigint primary key generated always as identity,
  name text not null,
  created_at timestamptz(3) not null
);
