import { html } from 'hono/html';
import type { Mail } from './sender.ts';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  /** Plain text, a paragraph each; escaped where the mail is HTML. */
  readonly paragraphs: readonly string[];
  /** The one thing to do, as a button and as a link. */
  readonly action?: { readonly label: string; readonly url: string };
  /** Why the reader has got this. */
  readonly footer: string;
}

/** One letter as plain text and as HTML, so that both always say the same. */
export function compose({ to, subject, paragraphs, action, footer }: Letter): Mail {
  const link = action ? [`${action.label}:\n${action.url}`] : [];
  return {
    to,
    subject,
    text: `${[...paragraphs, ...link, `-- \n${footer}`].join('\n\n')}\n`,
    html: String(page({ to, subject, paragraphs, ...(action && { action }), footer })),
  };
}

const SANS = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** Styles stand in each element, as many mail programs drop a style sheet. */
function page({ subject, paragraphs, action, footer }: Letter) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head>
<body style="margin:0;padding:32px 16px;background:#f4f4f2;color:#1d1d1b;${SANS}">
<div style="max-width:520px;margin:0 auto;padding:32px;background:#fff;border:1px solid #e3e3df;border-radius:8px">
<h1 style="margin:0 0 20px;font-size:20px;line-height:1.3">${subject}</h1>
${paragraphs.map((text) => html`<p style="margin:0 0 16px;font-size:15px;line-height:1.6">${text}</p>`)}
${action && button(action)}
</div>
<p style="max-width:520px;margin:16px auto 0;font-size:12px;line-height:1.5;color:#6b6b66">${footer}</p>
</body>
</html>`;
}

function button({ label, url }: { readonly label: string; readonly url: string }) {
  return html`<p style="margin:24px 0 16px"><a href="${url}"
 style="display:inline-block;padding:10px 18px;border-radius:6px;background:#1f4e79;color:#fff;font-size:15px;text-decoration:none">${label}</a></p>
<p style="margin:0;font-size:12px;line-height:1.5;color:#6b6b66;word-break:break-all">${url}</p>`;
}
