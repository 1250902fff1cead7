/** The driver's settings that send it to a local proxy. */
interface LocalConfig {
  fetchEndpoint: unknown;
  wsProxy: unknown;
  useSecureWebSocket: boolean;
}

/** Neon's own recipe for a local proxy ("Local development with Neon"); `config` is the driver's global `neonConfig`. */
export function pointAt(config: LocalConfig, databaseUrl: string): void {
  const { host } = new URL(databaseUrl);
  config.fetchEndpoint = `http://${host}/sql`;
  config.wsProxy = () => `${host}/v2`;
  config.useSecureWebSocket = false;
}
