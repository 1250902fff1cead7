import type { ScenarioName } from './scenarios.ts';
import type { Spread } from './statistics.ts';

/** Everything that a run has found out: what `results.json` holds. Times are ms. */
export interface Report {
  readonly command: string;
  readonly began: string;
  readonly minutes: number;
  readonly machine: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly peers: readonly PeerReport[];
  readonly cells: readonly Cell[];
  readonly wires: readonly WireReport[];
}

export interface Settings {
  readonly scenarios: readonly ScenarioName[];
  readonly peers: readonly string[];
  /** Injected round-trip times. */
  readonly latencies: readonly number[];
  /** Timed requests per scenario and peer without injected latency; fewer with it (`roundsAt`). */
  readonly requests: number;
  /** How many requests a peer gets before it is the next one's turn. */
  readonly perRound: number;
  readonly concurrency: number;
  /** How long one round of load takes. */
  readonly loadMs: number;
  readonly loadRounds: number;
  /** Fresh processes per peer and latency. */
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
export interface StartUp {
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
  /** What went wrong, if anything did; the numbers are then NaN. */
  readonly failure?: string;
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
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly statements: number;
}

/** The injected round-trip time that the targets are for. */
export const TARGET_MS = 20;

/** How many rounds a scenario gets: fewer where each request takes longer, but enough where the targets are. */
export function roundsAt({ requests, perRound }: Settings, latency: number, share: number): number {
  const part = latency === TARGET_MS ? 0.3 : 1 / (1 + latency / 2.5);
  return Math.max(2, Math.round((requests * part * share) / perRound));
}

/** Where load is put on: without latency, where it is the processors that limit, and where the targets are. */
export const LOADED_AT: readonly number[] = [0, TARGET_MS];
