import { Hono } from 'hono';
import { describe } from '../http/operation.ts';
import { originOf } from '../http/origin.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from './actor.ts';
import { claimEmail, sendVerification, verifyEmail } from './addresses.ts';
import { forgetPassword, resetPassword } from './password-reset.ts';
import { ClaimEmail, ForgetPassword, ResetPassword, VerifyEmail } from './schemas.ts';

/** What goes by a mailed link. */
export const emailRoutes = new Hono<AccountEnv>()
  .post(
    '/users/me/verification',
    describe({
      summary: 'Send the link that verifies my address',
      success: { status: 202, description: 'It is on its way, unless the address is verified already' },
      errors: ['too_many_requests'],
    }),
    signedIn(),
    async (c) => {
      await sendVerification(c.get('db'), c.get('actor'), c.get('env'));
      return c.body(null, 202);
    },
  )
  .post(
    '/users/me/email',
    describe({
      summary: 'Change my address',
      description: 'Sends a link to the new address; the old one stays until that is used, and gets a notice then.',
      success: { status: 202, description: 'The link is on its way' },
      errors: ['wrong_password', 'too_many_requests'],
    }),
    signedIn(),
    valid('json', ClaimEmail),
    async (c) => {
      await claimEmail(c.get('db'), originOf(c), c.get('actor'), c.req.valid('json'), c.get('env'));
      return c.body(null, 202);
    },
  )
  .post(
    '/email/verify',
    describe({
      summary: 'Verify an address, by the token of a link',
      success: { status: 204, description: 'The address is verified; one that is new is the user’s now' },
      errors: ['invalid_token', 'email_taken'],
    }),
    valid('json', VerifyEmail),
    async (c) => {
      await verifyEmail(c.get('db'), originOf(c), c.req.valid('json').token);
      return c.body(null, 204);
    },
  )
  .post(
    '/password/forgotten',
    describe({
      summary: 'Send a link to choose another password',
      description: 'The answer is the same whether there is such an account or not.',
      success: { status: 202, description: 'It is on its way, if there is an account with this address' },
      errors: ['too_many_requests'],
    }),
    valid('json', ForgetPassword),
    async (c) => {
      await forgetPassword(c.get('db'), originOf(c), c.req.valid('json').email);
      return c.body(null, 202);
    },
  )
  .post(
    '/password/reset',
    describe({
      summary: 'Choose another password, by the token of a link',
      description: 'All sessions end, and the user gets a mail.',
      success: { status: 204, description: 'The password is set' },
      errors: ['invalid_token'],
    }),
    valid('json', ResetPassword),
    async (c) => {
      await resetPassword(c.get('db'), originOf(c), c.req.valid('json'), c.get('env'));
      return c.body(null, 204);
    },
  );
