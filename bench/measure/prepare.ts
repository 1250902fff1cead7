import { type Peer, type Prepared, peers, service } from '../setup/peers.ts';
import type { Start, StartUps } from './cold.ts';
import type { Bench } from './context.ts';
import { reasonOf } from './failures.ts';
import type { PeerReport } from './report.ts';
import { median, spread } from './statistics.ts';

type Described = Pick<Peer, 'name' | 'title'>;

export interface Ready {
  readonly peer: Peer;
  readonly prepared: Prepared;
}

interface PreparedAll {
  readonly ready: readonly Ready[];
  /** The service is there for its size and start-up. */
  readonly served: readonly { readonly peer: Described; readonly prepared: Prepared }[];
  readonly skipped: readonly PeerReport[];
}

/** Builds and installs the peers of a run and the service. What cannot be had is skipped, with the reason. */
export function prepareAll({ settings, folder, say }: Bench): PreparedAll {
  const skipped: PeerReport[] = [];
  const prepare = <P extends Described & Pick<Peer, 'prepare'>>(peer: P): { peer: P; prepared: Prepared }[] => {
    say(`Preparing ${peer.name}`);
    try {
      return [{ peer, prepared: peer.prepare(folder) }];
    } catch (error) {
      const reason = reasonOf(error);
      say(`Skipping ${peer.name}: ${reason}`);
      skipped.push({ name: peer.name, title: peer.title, skipped: reason });
      return [];
    }
  };
  const ready = peers.filter(({ name }) => settings.peers.includes(name)).flatMap(prepare);
  return { ready, served: [...ready, ...prepare(service)], skipped };
}

/** What the report says of a peer itself. */
export function described({ name, title }: Described, { bundle }: Prepared, startUps: StartUps): PeerReport {
  const starts = startUps.get(name);
  const floor = startUps.get('empty') ?? [];
  const above = (of: (start: Start) => number) => {
    const least = bundle ? median(floor.map(of)) : 0;
    return spread((starts ?? []).map((start) => of(start) - least));
  };
  return {
    name,
    title,
    ...(bundle && { bundle: { bytes: bundle.bytes, gzipBytes: bundle.gzipBytes } }),
    ...(starts && { startUp: { ms: above((start) => start.ms), cpuMs: above((start) => start.cpuMs) } }),
  };
}
