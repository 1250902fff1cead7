import type { ScenarioName } from './scenarios.ts';
import type { Spread } from './statistics.ts';

/** Everything that a run has found out: what `results.json` holds. Times are ms. */
export interface Report {
  readonly command: string;
  readonly began: string;
  readonly minutes: number;
  /** What was measured: its short hash, and whether files differed from it. */
  readonly commit: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly peers: readonly PeerReport[];
  readonly failures: readonly Failure[];
  readonly cells: readonly Cell[];
  readonly wires: readonly WireReport[];
}

/** What a run was made on, as it was when the run began. */
export interface Machine {
  readonly processor: string;
  readonly memory: string;
  readonly system: string;
  /** Of the minute before. */
  readonly load: number;
}

/** A scenario that a peer did not get through, and why, in one line. */
export interface Failure {
  readonly peer: string;
  readonly scenario: ScenarioName;
  readonly reason: string;
}

export interface Settings {
  readonly scenarios: readonly ScenarioName[];
  readonly peers: readonly string[];
  /** Injected round-trip times. */
  readonly latencies: readonly number[];
  /** Timed requests per scenario and peer without injected latency; with it, see `roundsAt`. */
  readonly requests: number;
  /** How many requests a peer gets before it is the next one's turn. */
  readonly perRound: number;
  readonly concurrency: number;
  /** How long one round of load takes. */
  readonly loadMs: number;
  /** Without injected latency; fewer with it (`loadRoundsAt`). */
  readonly loadRounds: number;
  /** Fresh processes per peer, at each of `COLD_AT`. */
  readonly coldStarts: number;
}

export interface PeerReport {
  readonly name: string;
  readonly title: string;
  /** Why it was not measured. */
  readonly skipped?: string;
  readonly bundle?: { readonly bytes: number; readonly gzipBytes: number };
  /** Of a Worker less what an empty Worker takes: to load it, compile it, and run its top level. */
  readonly startUp?: StartUp;
}

/** From the process's start to its listening: by the clock, and in processor time. */
interface StartUp {
  readonly ms: Spread;
  readonly cpuMs: Spread;
}

/** One scenario of one peer at one injected latency. */
export interface Cell {
  readonly peer: string;
  readonly scenario: ScenarioName;
  readonly latency: number;
  readonly requests: number;
  /** The median of all requests, with the quartiles of the rounds' medians. */
  readonly p50: Spread;
  readonly p95: number;
  readonly p99: number;
  readonly load?: Load;
}

/** What a peer does at the fixed concurrency. */
export interface Load {
  readonly perSecond: Spread;
  /** Processor time of its process per request. */
  readonly cpuMs: number;
  readonly peakMiB: number;
}

/** What one request of a scenario takes on the way to the database. */
export interface WireReport {
  readonly peer: string;
  readonly scenario: ScenarioName;
  readonly roundTrips: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly statements: number;
}

/** The injected round-trip time that the targets are for. */
export const TARGET_MS = 20;

/**
 * How many rounds a scenario gets: most without latency, where they are quick and p99 is told; so many where the targets are
 * that p95 is; a few at the other latencies, of which only medians are told.
 */
export function roundsAt({ requests, perRound }: Settings, latency: number, share: number): number {
  const [part, least] = latency === TARGET_MS ? [0.6, 0.3] : latency === 0 ? [1, 0] : [0.1, 0.05];
  return Math.max(2, Math.round((requests * Math.max(part * share, least)) / perRound));
}

/** Where load is put on: without latency, where it is the processors that limit, and where the targets are. */
export const LOADED_AT: readonly number[] = [0, TARGET_MS];

/** Only without latency is there a target for throughput. */
export const loadRoundsAt = ({ loadRounds }: Settings, latency: number): number =>
  latency === 0 ? loadRounds : Math.ceil(loadRounds / 3);

/** Where fresh processes are started. */
export const COLD_AT: readonly number[] = [0, TARGET_MS];

/** The latency of the targets, or the highest there is below it. */
export const mainLatency = (latencies: readonly number[]): number =>
  Math.max(...latencies.filter((ms) => ms <= TARGET_MS), Math.min(...latencies));
