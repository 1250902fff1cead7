import passwords from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { assertSuits, newPassword } from '../../src/users/password-rules.ts';

const messages = (password: string) => {
  const { success, error } = newPassword.safeParse(password);
  return success ? [] : error.issues.map(({ message }) => message);
};

describe('the most common passwords', () => {
  const first = passwords.slice(0, 3000);

  it('are refused, the first 3,000 of the list, whatever their case', () => {
    const spellings = first.flatMap((word) => [
      word,
      word.toUpperCase(),
      `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`,
    ]);
    expect(spellings.filter((word) => messages(word).length === 0)).toEqual([]);
  });

  it('are refused for being common where they are long enough', () => {
    const long = first.filter((word) => word.length >= 8);
    expect(long).toHaveLength(675);
    expect(long.filter((word) => messages(word)[0] !== 'is one of the most common passwords')).toEqual([]);
  });

  it('are no others', () => {
    const others = passwords.slice(3000).filter((word) => word.length >= 8);
    expect(others.length).toBeGreaterThan(10_000);
    expect(others.filter((word) => messages(word).length > 0)).toEqual([]);
  });
});

describe('any other', () => {
  it.each([
    ['ASVS 6.2.5: of one kind of character', 'zqxjvkbw'],
    ['ASVS 6.2.5: with spaces and signs', ' ~ "\' \\ {} <b> '],
    ['of any script', 'пароль мой 密码 🔑'],
    ['of 8 characters', 'vkq7zjx2'],
    ['ASVS 6.2.9: of 72 characters', 'ab cd ef '.repeat(8)],
    ['of 72 bytes', 'é'.repeat(36)],
  ])('is taken: %s', (_, password) => {
    expect(messages(password)).toEqual([]);
  });

  it.each([
    ['ASVS 6.2.1: of 7 characters', 'vkq7zjx', 'must have at least 8 characters'],
    ['of 73 bytes', 'x'.repeat(73), 'must be at most 72 bytes in UTF-8'],
    ['of 74 bytes in 37 characters', 'é'.repeat(37), 'must be at most 72 bytes in UTF-8'],
    ['with NUL', 'pass\0word!', 'must be well-formed Unicode without NUL'],
    ['with half of a surrogate pair', 'password!\ud83d', 'must be well-formed Unicode without NUL'],
  ])('is refused: %s', (_, password, message) => {
    expect(messages(password)).toEqual([message]);
  });
});

describe('what its owner is known by', () => {
  const ada = { username: 'Ada.L', email: 'countess@example.com' };
  const wrong = (password: string, minLength = 8) => {
    try {
      assertSuits(password, minLength, ada, 'newPassword');
      return [];
    } catch (error) {
      return (error as { fields: { path: string; message: string }[] }).fields;
    }
  };

  it.each([
    ['ASVS 6.2.11: the username, in any case', 'my ADA.L password', 'must not contain the username'],
    ['the username in full-width letters', 'ａｄａ．ｌ password', 'must not contain the username'],
    ['ASVS 6.2.11: the address before the @', 'theCountess1', 'must not contain the e-mail address'],
  ])('is refused: %s', (_, password, message) => {
    expect(wrong(password)).toEqual([{ path: 'body.newPassword', message }]);
  });

  it('does not count where it is short enough to be in any word', () => {
    expect(() =>
      assertSuits('a bold password', 8, { username: 'ada', email: 'bo@example.com' }, 'password'),
    ).not.toThrow();
  });

  it('counts characters, as a reader does, up to the configured length', () => {
    expect(wrong('🔑'.repeat(11), 12)).toMatchObject([{ message: 'must have at least 12 characters' }]);
    expect(wrong('🔑'.repeat(12), 12)).toEqual([]);
  });

  it('tells everything at once', () => {
    expect(wrong('ada.l countess', 20)).toHaveLength(3);
  });
});
