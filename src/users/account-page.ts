/** What one page is for: where it sends the token, and its words. */
interface Task {
  readonly endpoint: string;
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly done: string;
  readonly field?: string;
}

export const VERIFY: Task = {
  endpoint: '/v1/email/verify',
  title: 'Confirm your address',
  text: 'If the mail that led here came to your own address, confirm it.',
  button: 'Confirm my address',
  done: 'Thank you: the address is confirmed. You can close this page.',
};

export const RESET: Task = {
  endpoint: '/v1/password/reset',
  title: 'Choose a new password',
  text: 'It takes the place of the old one, and signs you out everywhere.',
  button: 'Set the password',
  done: 'The password is set. Sign in with it from now on; you can close this page.',
  field: '<label>New password<input type="password" name="newPassword" autocomplete="new-password" required></label>',
};

/**
 * A page that a mailed link leads to. The token is in the fragment, and is sent by the reader's click alone: programs that look
 * at the links of a mail use none up.
 */
export const accountPage = (
  { endpoint, title, text, button, done, field = '' }: Task,
  nonce: string,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<form action="${endpoint}"><p>${text}</p>${field}<button>${button}</button></form>
<p role="status" data-done="${done}"></p>
<noscript>This page needs JavaScript.</noscript>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f4f4f2, #161615);
  color: light-dark(#1d1d1b, #ecece8); }
main { box-sizing: border-box; width: min(420px, 100% - 32px); padding: 32px; border: 1px solid light-dark(#e3e3df, #3a3a38);
  border-radius: 8px; background: light-dark(#fff, #1f1f1e); }
h1 { margin: 0 0 12px; font-size: 20px; } p { margin: 0 0 20px; } [role=status] { margin: 16px 0 0; }
form[hidden] + [role=status], [role=status]:empty { margin: 0; }
label { display: block; margin: 0 0 20px; }
input { display: block; box-sizing: border-box; width: 100%; margin-top: 4px; padding: 8px 10px; font: inherit; }
button { padding: 10px 18px; border: 0; border-radius: 6px; background: #1f4e79; color: #fff; font: inherit; cursor: pointer; }
button:disabled { opacity: .6; cursor: default; }
`;

/** The answer is a problem (RFC 9457) or nothing. */
const SCRIPT = `
const form = document.querySelector('form'), button = form.querySelector('button'), status = document.querySelector('[role=status]');
form.onsubmit = async (event) => {
  event.preventDefault();
  button.disabled = true;
  status.textContent = '';
  const body = JSON.stringify({ token: location.hash.slice(1), ...Object.fromEntries(new FormData(form)) });
  try {
    const response = await fetch(form.getAttribute('action'), {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, credentials: 'omit', body });
    form.hidden = response.ok;
    if (response.ok) history.replaceState(null, '', location.pathname);
    const { errors = [], detail } = response.ok ? { detail: status.dataset.done } : await response.json();
    const wrong = errors.map(({ path, message }) => path === 'body.token' ? 'The link is not whole' : 'The password ' + message);
    status.textContent = (wrong.join('. ') || detail).replace(/\\.?$/, '.');
  } catch {
    status.textContent = 'That did not work. Try it again.';
  }
  button.disabled = false;
};
onhashchange = () => location.reload(); // another link, in the same tab
`;
