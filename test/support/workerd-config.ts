import { unstable_readConfig } from 'wrangler';

/** Which of the runtime's changes a Worker has. */
export interface Compatibility {
  readonly date: string;
  readonly flags: readonly string[];
}

/** The default of our date, so workerd says of it that it need not be named. */
const DEFAULT_FLAG = 'nodejs_compat';

/** As the wrangler.toml at `path` has it. */
export function compatibilityOf(path: string): Compatibility {
  const { compatibility_date: date = '', compatibility_flags: flags } = unstable_readConfig({ config: path });
  return { date, flags: flags.filter((flag: string) => flag !== DEFAULT_FLAG) };
}

export interface WorkerdConfig {
  /** Files beside the configuration, the entry first. */
  readonly modules: readonly string[];
  readonly bindings: Readonly<Record<string, string>>;
  readonly compatibility: Compatibility;
  /** On 127.0.0.1; 0 for any that is free. */
  readonly port: number;
}

/** What workerd itself is started with: the Worker, and the whole network to reach. */
export function workerdConfig({ modules, bindings, compatibility, port }: WorkerdConfig): string {
  const embedded = modules.map((name) => {
    const kind = name.endsWith('.wasm') ? 'wasm' : 'esModule';
    return `(name = ${JSON.stringify(name)}, ${kind} = embed ${JSON.stringify(name)})`;
  });
  const texts = Object.entries(bindings).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [${embedded.join(', ')}],
  bindings = [${texts.join(', ')}],
  compatibilityDate = "${compatibility.date}",
  compatibilityFlags = ${JSON.stringify(compatibility.flags)}
);
`;
}
