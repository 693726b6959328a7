import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type OpenidServer, startOpenidServer } from '../support/servers/openid.ts';
import { eventually } from '../support/wait.ts';
import { expectAccessible, type Site, startSite } from './page.ts';

/** `SCREENSHOTS=docs` renews those of the documentation. */
const folder = process.env.SCREENSHOTS === 'docs' ? 'docs/screenshots' : 'tests/.artifacts/screenshots';
let site: Site;
let openid: OpenidServer;
beforeAll(async () => {
  openid = await startOpenidServer();
  site = await startSite({ config: { allowPrivateHosts: ['127.0.0.1'] } });
});
afterAll(async () => {
  await site.stop();
  await openid.stop();
});

const home = (page: Page) => page.getByRole('heading', { name: 'My tasks' }).waitFor();
async function signIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

it('adds a provider with a rule, by which somebody new signs in, and passwords are switched off', async () => {
  const page = await site.open('/settings/sign-in');
  await page.getByText('No providers yet').waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'New provider' }).click();
  const form = page.getByRole('dialog', { name: 'New provider' });
  await form.getByLabel('Name').fill('Acme');
  await form.getByLabel('Key').fill('acme');
  await form.getByLabel('Issuer').fill('not an address');
  await form.getByLabel('Client ID').fill(openid.clientId);
  await form.getByLabel('Client secret').fill(openid.clientSecret);
  await form.getByLabel('Domains whose people are made users').fill('acme.example');
  await form.getByLabel('Domains whose people are made users').press('Enter');
  await form.getByRole('combobox', { name: 'Role of new users' }).click();
  await page
    .getByRole('option', { name: 'Sales rep' })
    .or(page.getByRole('option', { name: 'Rep' }))
    .first()
    .click();
  await form.getByRole('button', { name: 'Add a rule' }).click();
  await form.getByLabel('Claim of rule 1').fill('groups');
  await form.getByLabel('Value of rule 1').fill('leads');
  await form.getByRole('combobox', { name: 'Gives of rule 1' }).click();
  await page.getByRole('option', { name: 'Role: Manager' }).click();
  await form.getByRole('button', { name: 'Create' }).click();
  await form.getByText('must be an address such as').waitFor();
  await form.getByLabel('Issuer').fill(openid.issuer);
  await expectAccessible(page);
  await page.screenshot({ path: `${folder}/provider-1440.png` });
  const redirectUri =
    (await form.getByRole('group', { name: 'Register this redirect address at the provider' }).textContent()) ?? '';
  expect(redirectUri).toBe(`${site.url}/sign-in/provider/acme`);
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('cell', { name: 'Acme', exact: true }).waitFor();
  openid.leadTo(redirectUri);

  openid.people.set('nora', { email: 'nora@acme.example', email_verified: true, name: 'Nora New', groups: ['leads'] });
  const nora = await site.open('/contacts', { signedIn: false });
  await nora.getByRole('button', { name: 'Sign in with Acme' }).waitFor();
  await expectAccessible(nora);
  await nora.getByRole('button', { name: 'Sign in with Acme' }).click();
  await nora.locator('input[name=login]').fill('nora');
  await nora.locator('input[name=password]').fill('any');
  await nora.locator('button[type=submit]').click();
  await nora.getByRole('heading', { name: 'Contacts', exact: true }).waitFor();
  expect(nora.url()).toBe(`${site.url}/contacts`);
  const { data } = (await site.hub.call('GET', '/users')).body;
  expect(data.find((user: { name: string }) => user.name === 'Nora New')).toMatchObject({ role: 'manager' });

  const admin = await site.open('/settings/sign-in');
  await admin.getByRole('switch', { name: 'Sign-in by password' }).click();
  await eventually(async () => (await site.hub.call('GET', '/sign-in', { key: null })).body.password === false);
  const stranger = await site.open('/sign-in', { signedIn: false });
  await stranger.getByRole('button', { name: 'Sign in with Acme' }).waitFor();
  expect(await stranger.getByLabel('E-mail').count()).toBe(0);
  await site.hub.call('PUT', '/settings/sign-in', { body: { passwordSignIn: true, secondFactorRoles: [] } });
});

it('says why a provider did not let somebody in, and leads back', async () => {
  openid.people.set('unverified', { email: 'x@acme.example', email_verified: false });
  const page = await site.open('/sign-in', { signedIn: false });
  await page.getByRole('button', { name: 'Sign in with Acme' }).click();
  await page.locator('input[name=login]').fill('unverified');
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByText('The provider does not vouch for your address').waitFor();
  expect(page.url()).toBe(`${site.url}/sign-in/provider/acme`);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Back to sign-in' }).click();
  await page.getByRole('heading', { name: 'Sign in to Throughline' }).waitFor();
});

it('sets up a second factor with recovery codes, which the next sign-in asks for, and makes new codes', async () => {
  const rep = await site.hub.aRep();
  const page = await site.open('/sign-in?back=%2Fsettings%2Fme', { signedIn: false });
  await signIn(page, rep);
  await page.getByRole('button', { name: 'Set it up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Second factor' });
  await dialog.getByRole('textbox', { name: 'Password' }).fill('not mine');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByText('The password is wrong.').waitFor();
  await dialog.getByRole('textbox', { name: 'Password' }).fill(rep.password);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  const secret = (await dialog.getByText('Or type this into the app:').locator('code').textContent()) ?? '';
  await expectAccessible(page);
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await dialog.getByRole('textbox', { name: 'Code' }).fill(totp.generate());
  await dialog.getByRole('button', { name: 'Turn it on' }).click();
  const codes = ((await dialog.getByLabel('Recovery codes').textContent()) ?? '').split('\n');
  expect(codes).toHaveLength(10);
  await dialog.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('On. 10 recovery codes are left.').waitFor();

  const again = await site.open('/sign-in', { signedIn: false });
  await signIn(again, rep);
  await again.getByRole('textbox', { name: 'Code' }).fill(codes[0] ?? '');
  await again.getByRole('button', { name: 'Continue' }).click();
  await home(again);
  await again.goto('/settings/me');
  await again.getByText('On. 9 recovery codes are left.').waitFor();
  await again.getByRole('button', { name: 'Make new recovery codes' }).click();
  const renewing = again.getByRole('dialog', { name: 'Second factor' });
  await renewing.getByRole('textbox', { name: 'Password' }).fill(rep.password);
  await renewing.getByRole('button', { name: 'Continue' }).click();
  expect((await renewing.getByLabel('Recovery codes').textContent())?.split('\n')).toHaveLength(10);
  await renewing.getByRole('button', { name: 'I have kept them' }).click();
  await again.getByRole('button', { name: 'Remove it' }).click();
  await renewing.getByRole('textbox', { name: 'Password' }).fill(rep.password);
  await renewing.getByRole('button', { name: 'Continue' }).click();
  await again.getByText('Off. With it').waitFor();
});

it('lists own sessions, ends one of them and all others, and changes the password', async () => {
  const rep = await site.hub.aRep();
  const elsewhere = async (userAgent: string) => {
    const { headers } = await site.hub.call('POST', '/session', {
      key: null,
      body: { email: rep.email, password: rep.password },
      headers: { 'user-agent': userAgent },
    });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    return async () => (await site.hub.call('GET', '/me', { key: null, headers: { cookie } })).status;
  };
  const phone = await elsewhere('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1');
  const desk = await elsewhere('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0');
  const tablet = await elsewhere('curl/8');
  const page = await site.open('/sign-in?back=%2Fsettings%2Fme', { signedIn: false });
  await signIn(page, rep);
  await page.getByRole('cell', { name: 'Chrome on Linux' }).waitFor();
  await expectAccessible(page);
  await page.screenshot({ path: `${folder}/own-sign-in-1440.png` });
  await page.setViewportSize({ width: 360, height: 740 });
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.getByRole('button', { name: 'End the session on Safari on iOS' }).click();
  await eventually(async () => (await phone()) === 401);
  expect(await desk()).toBe(200);
  await site.hub.deed((ctx) => rowsOf(ctx, SQL`update sessions set created_at = created_at - interval '11 minutes'`));
  await page.getByRole('button', { name: 'End all others' }).click();
  const proof = page.getByRole('dialog', { name: 'Sessions' });
  await proof.getByRole('textbox', { name: 'Password' }).fill(rep.password);
  await proof.getByRole('button', { name: 'Continue' }).click();
  await eventually(async () => (await desk()) === 401 && (await tablet()) === 401);
  await page.getByLabel('Present password').fill('not mine');
  await page.getByLabel('New password').fill('quite another secret');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('The password is wrong.').waitFor();
  await page.getByLabel('Present password').fill(rep.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('The password is changed').waitFor();
  const fresh = await site.open('/sign-in', { signedIn: false });
  await signIn(fresh, { email: rep.email, password: 'quite another secret' });
  await home(fresh);
  expect(site.complaints).toEqual([]);
});
