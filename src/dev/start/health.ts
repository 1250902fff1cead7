import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stop } from '../exit.ts';

const patience = 60_000;
/** The runtime may answer before it is warm; but one that is up and stays unwell will not get better. */
const patienceWhenUnwell = 5000;

/**
 * Waits until the URL answers 200.
 * @throws Stop with what it answers instead, and the signal's reason when that is aborted.
 */
export async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  const begun = Date.now();
  let firstAnswer: number | undefined;
  let last = 'no answer';
  while (Date.now() - begun < patience && Date.now() - (firstAnswer ?? Date.now()) < patienceWhenUnwell) {
    signal.throwIfAborted();
    const answer = await ask(url);
    if (answer?.status === 200) return;
    if (answer) {
      firstAnswer ??= Date.now();
      last = `${answer.status} ${summary(answer.body)}`.trim();
    }
    await sleep(50);
  }
  throw new Stop(`The Worker does not become healthy: ${new URL(url).pathname} gives ${last}`);
}

function ask(url: string): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    // An agent of its own: it must not go through a proxy that the environment names.
    const request = get(url, { agent: new Agent(), timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

function summary(body: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string };
    return detail ?? title ?? '';
  } catch {
    return body.split('\n')[0]?.slice(0, 200) ?? '';
  }
}
