import { setTimeout as sleep } from 'node:timers/promises';
import { httpAnswer } from '../../support/fault-http.ts';
import type { FaultRelay, Step, Strike } from '../../support/fault-relay.ts';
import { closeFrame } from '../../support/fault-websocket.ts';
import type { Outage } from './barrier.ts';
import type { Cluster } from './cluster.ts';
import type { Control } from './control.ts';
import { extinguish, killBackends, light, lockTables } from './disturbances.ts';
import type { Link } from './lane.ts';

/** What a fault may reach. */
export interface World {
  readonly relay: FaultRelay;
  readonly control: Control;
  readonly cluster: Cluster;
  /** Does what concerns all databases once for all cases that run now, when each has come to its step. */
  together(action: () => Promise<Outage>): Promise<Outage>;
  /** What ends the fault, once the caller has been told; `false`: nothing has come of it. */
  heal(how: () => Promise<unknown>): void;
}

export interface FaultKind {
  /** Whether the fault can happen at such a step. */
  at(link: Link, step: Pick<Step, 'label'>): boolean;
  strike(strike: Strike, world: World): void | Promise<void>;
  /** For how long the database stays out of reach; past the deadline, nobody can know. */
  readonly away?: 'briefly' | 'past the deadline';
  /** It hits the backend, which may show only when a later message meets it. */
  readonly behind?: true;
  /** It concerns the whole cluster. */
  readonly together?: true;
  /** What it does to the answer; `none`: every caller is told, and in time. */
  readonly answer: 'none' | 'lost' | 'late';
}

/** How long what is brief lasts, in ms: well within the deadline. */
const BRIEF_MS = 300;
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

const anywhere = () => true;
const onHttp: FaultKind['at'] = (link, { label }) => link === 'front' && /^HTTP|^WebSocket (open|accepted)/.test(label);
const offHttp: FaultKind['at'] = (link, { label }) =>
  link === 'back' || !/^HTTP|^WebSocket (open|accepted)/.test(label);

/** An HTTP answer instead of the proxy's: before the request is carried out (`→`), or after (`←`). */
const answer = (bytes: Buffer): FaultKind => ({
  at: onHttp,
  answer: 'lost',
  strike(strike) {
    strike.toClient(bytes);
    strike.cut();
  },
});

export const faults: Readonly<Record<string, FaultKind>> = {
  cut: { at: anywhere, answer: 'lost', strike: (strike) => strike.cut() },
  reset: { at: anywhere, answer: 'lost', strike: (strike) => strike.reset() },
  truncate: {
    at: anywhere,
    answer: 'lost',
    strike(strike) {
      const { bytes } = strike.step;
      strike.pass(bytes.subarray(0, Math.floor(bytes.length / 2)));
      strike.cut();
    },
  },
  stall: { at: anywhere, answer: 'late', strike: (strike) => strike.stall() },
  delay: {
    at: anywhere,
    answer: 'none',
    async strike(strike) {
      await sleep(BRIEF_MS / 2);
      strike.pass();
    },
  },
  'close twice': {
    at: offHttp,
    answer: 'lost',
    strike(strike, { relay }) {
      for (let twice = 0; twice < 2; twice++) {
        strike.toServer(relay.protocol === 'http' ? closeFrame(true) : TERMINATE);
        if (relay.protocol === 'http') strike.toClient(closeFrame(false));
      }
      strike.cut();
    },
  },
  'HTTP 500': answer(httpAnswer(500, 'oops')),
  'HTTP 502': answer(httpAnswer(502, '<h1>Bad gateway</h1>')),
  'HTTP 503': answer(httpAnswer(503, '{"message":"unavailable"}')),
  'HTTP 504': answer(httpAnswer(504, '')),
  'HTTP garbage': answer(httpAnswer(200, '<html></html>')),
  'no HTTP': answer(Buffer.from('\x16\x03\x01 this is not HTTP\r\n\r\n')),
  'kill backend': {
    at: anywhere,
    answer: 'lost',
    behind: true,
    async strike(strike, { control, heal }) {
      const killed = await killBackends(control);
      heal(async () => killed > 0);
      strike.pass();
    },
  },
  'refuse briefly': {
    at: anywhere,
    answer: 'lost',
    away: 'briefly',
    strike(_, { relay, heal }) {
      relay.refuse();
      relay.cutAll();
      const again = sleep(BRIEF_MS).then(() => relay.accept());
      heal(() => again);
    },
  },
  'refuse for long': {
    at: anywhere,
    answer: 'lost',
    away: 'past the deadline',
    strike(_, { relay, heal }) {
      relay.refuse();
      relay.cutAll();
      heal(() => relay.accept());
    },
  },
  'restart Postgres': {
    at: anywhere,
    answer: 'lost',
    behind: true,
    together: true,
    async strike(strike, { cluster, together, heal }) {
      const outage = together(() => cluster.crash());
      heal(async () => (await outage).back);
      await outage;
      strike.pass();
    },
  },
  'exhaust connections': {
    at: anywhere,
    answer: 'lost',
    together: true,
    async strike(strike, { cluster, together, heal }) {
      const outage = together(() => cluster.exhaust(BRIEF_MS));
      heal(async () => (await outage).back);
      await outage;
      strike.cut();
    },
  },
  'slow lock': {
    at: anywhere,
    answer: 'none',
    async strike(strike, { control, heal }) {
      const locked = lockTables(control);
      const released = locked.then((lock) => sleep(BRIEF_MS).then(() => lock.release()));
      heal(() => released);
      await locked;
      strike.pass();
    },
  },
  'endless lock': {
    at: anywhere,
    answer: 'late',
    async strike(strike, { control, heal }) {
      const locked = lockTables(control);
      heal(async () => (await locked).release());
      await locked;
      strike.pass();
    },
  },
  'serialization failure': {
    at: anywhere,
    answer: 'none',
    async strike(strike, { control, heal }) {
      await light(control, 'statement');
      heal(async () => !(await extinguish(control)));
      strike.pass();
    },
  },
  'serialization failure at COMMIT': {
    at: anywhere,
    answer: 'none',
    async strike(strike, { control, heal }) {
      await light(control, 'commit');
      heal(async () => !(await extinguish(control)));
      strike.pass();
    },
  },
};
