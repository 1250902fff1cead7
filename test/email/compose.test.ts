import { expect, it } from 'vitest';
import { compose } from '../../src/email/compose.ts';

const evil = `<script>alert("1")</script>&'`;

it('escapes everything in the HTML, and nothing in the text', () => {
  const mail = compose({
    to: 'ada@example.com',
    subject: evil,
    paragraphs: [evil],
    action: { label: evil, url: `https://example.com/?a=1&b="${evil}` },
    footer: evil,
  });
  expect(mail.html).not.toContain('<script>');
  expect(mail.html.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;/g)).toHaveLength(7);
  expect(mail.html).toContain('href="https://example.com/?a=1&amp;b=&quot;&lt;script');
  expect(mail.text.split(evil)).toHaveLength(5);
});

it('says the same in both forms', () => {
  const link = 'https://kura.example/account/verify#token';
  const mail = compose({
    to: 'ada@example.com',
    subject: 'Welcome',
    paragraphs: ['Hello ada,', 'your account is ready.'],
    action: { label: 'Confirm your address', url: link },
    footer: 'Ignore it if it was not you.',
  });
  expect(mail).toMatchObject({ to: 'ada@example.com', subject: 'Welcome' });
  expect(mail.text).toBe(`Hello ada,

your account is ready.

Confirm your address:
${link}

-- 
Ignore it if it was not you.
`);
  expect(mail.html).toContain(`<a href="${link}"`);
  expect(mail.html).toContain('Hello ada,');
  expect(mail.html.startsWith('<!doctype html>')).toBe(true);
});

it('leaves the button out where there is nothing to do', () => {
  const mail = compose({ to: 'ada@example.com', subject: 'Hello', paragraphs: ['Only this.'], footer: 'Why.' });
  expect(mail.html).not.toMatch(/<a |undefined|false/);
  expect(mail.text).toBe('Only this.\n\n-- \nWhy.\n');
});
