import { html, raw } from 'hono/html';
import type { InboxMail, ListedMail } from './inbox.ts';
import { STYLE } from './inbox-style.ts';

type View = 'html' | 'text';

/** The inbox: on the left every mail, on the right the one that is shown. Without a script, and without anything to load. */
export function inboxPage(mails: readonly ListedMail[], shown: InboxMail | undefined, view: View) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${shown ? `${shown.subject} · Mail` : 'Mail'}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header><h1>Mail</h1><p>Nothing here was sent. <a href="/_dev/mail">Look again</a></p></header>
<main>
<nav aria-label="Mails">${mails.length > 0 ? mails.map((mail) => entry(mail, mail.id === shown?.id, view)) : nothing()}</nav>
<article>${shown ? letter(shown, view) : html`<p class="empty">No mail is chosen.</p>`}</article>
</main>
</body>
</html>`;
}

const nothing = () => html`<p class="empty">No mail yet. Register a user, then look again.</p>`;

function entry({ id, to, subject, sentAt }: ListedMail, current: boolean, view: View) {
  return html`<a href="/_dev/mail?id=${id}&view=${view}" ${current ? raw('aria-current="true"') : ''}>
<strong>${subject}</strong><span>${to}</span>${time(sentAt)}</a>`;
}

function letter(mail: InboxMail, view: View) {
  const tab = (name: View, label: string) =>
    html`<a href="/_dev/mail?id=${mail.id}&view=${name}" ${view === name ? raw('aria-current="true"') : ''}>${label}</a>`;
  return html`<h2>${mail.subject}</h2>
<dl><dt>From</dt><dd>${mail.from}</dd><dt>To</dt><dd>${mail.to}</dd><dt>Time</dt><dd>${time(mail.sentAt)}</dd></dl>
<p class="tabs">${tab('html', 'HTML')}${tab('text', 'Text')}</p>
${view === 'html' ? framed(mail.html) : html`<pre>${linked(mail.text)}</pre>`}`;
}

/** A mail's own HTML, kept apart: no script, no form, no way to this page; a link opens beside it. */
function framed(mail: string) {
  const document = `<base target="_blank">${mail}`;
  return html`<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" srcdoc="${document}"></iframe>`;
}

/** The text with its addresses as links; every part is escaped by itself. */
function linked(text: string) {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, i) => (i % 2 ? html`<a href="${part}" target="_blank" rel="noreferrer">${part}</a>` : html`${part}`));
}

const time = (iso: string) => html`<time datetime="${iso}">${iso.replace('T', ' ').replace('Z', ' UTC')}</time>`;
