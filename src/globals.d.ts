/** Only there in a build that wrangler makes for staging or production (wrangler.toml, `define`), which so loses what is for development. */
declare const KURA_DEPLOYED: true | undefined;
