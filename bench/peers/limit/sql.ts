/** The statements by hand, for the two peers that write SQL. */
const ACCOUNT = `id, username, email, full_name as "fullName", is_active as "isActive", balance,
  created_at as "createdAt", updated_at as "updatedAt"`;
const ORDER = 'id, account_id as "accountId", item, quantity, note, created_at as "createdAt"';
const LINE = 'id, order_id as "orderId", item, quantity, price';
const ITEM = 'id, name, created_at as "createdAt"';

export const READ = `select ${ACCOUNT} from accounts where id = $1`;

/** The page and the number of all rows in one statement. */
export const LIST = `select ${ACCOUNT}, (select count(*)::int from accounts) as total from accounts order by id limit $1`;

export const CREATE = `insert into orders (account_id, item, quantity, note) values ($1, $2, $3, $4) returning ${ORDER}`;

/** With an id that the client has made, so that the line can name it. */
export const CREATE_WITH_ID = `insert into orders (id, account_id, item, quantity, note) values ($1, $2, $3, $4, $5) returning ${ORDER}`;
export const CREATE_LINE = `insert into order_lines (order_id, item, quantity, price) values ($1, $2, $3, $4) returning ${LINE}`;

export const LOCK_BALANCE = 'select balance from accounts where id = $1 for no key update';
export const SET_BALANCE = 'update accounts set balance = $2 where id = $1 returning balance';
export const ADD_ENTRY = `insert into entries (account_id, amount, balance) values ($1, $2, $3)
  returning id, account_id as "accountId", amount, balance, created_at as "createdAt"`;

export const FIND_LOGIN = 'select id, hashed_password, is_active from accounts where username = $1';
export const ADD_SESSION = 'insert into sessions (account_id, token_hash, expires_at) values ($1, $2, $3) returning id';

export const PAGE_FIRST = `select ${ITEM} from items order by created_at desc, id desc limit $1`;
export const PAGE_AFTER = `select ${ITEM} from items where (created_at, id) < ($2, $3) order by created_at desc, id desc limit $1`;
export const PAGE_OFFSET = `select ${ITEM} from items order by created_at desc, id desc limit $1 offset $2`;
