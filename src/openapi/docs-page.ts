/** The page `/docs`; its script and all it loads are this site's own. */
export const docsPage = (renderer: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kura API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="api"></div>
<noscript>The description of the API as JSON: <a href="/openapi.json">/openapi.json</a></noscript>
<script src="${renderer}"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** Scalar without all that it would ask of other sites: fonts, its proxy, telemetry, its agent. */
export const DOCS_START = `Scalar.createApiReference('#api', ${JSON.stringify(
  {
    url: '/openapi.json',
    proxyUrl: '',
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    showDeveloperTools: 'never',
    authentication: { preferredSecurityScheme: 'password' },
    documentDownloadType: 'json',
    orderSchemaPropertiesBy: 'preserve',
    defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
    metaData: { title: 'Kura API' },
  },
  null,
  2,
)});
`;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Cloudflare's `_headers`: what goes with each asset. The renderer's name tells its content, so it may be kept for ever. */
export const ASSET_HEADERS = `/docs*
  Content-Security-Policy: ${POLICY}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/docs/scalar-*
  Cache-Control: public, max-age=31536000, immutable
/openapi.json
  Access-Control-Allow-Origin: *
  X-Content-Type-Options: nosniff
`;

/** Cloudflare's `_redirects`. */
export const ASSET_REDIRECTS = '/ /docs 302\n';
