/// <reference lib="dom" />
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { type Hub, type HubOptions, type Person, startHub } from '../support/hub.ts';
import { startChromium } from '../support/servers/chromium.ts';

/** A hub that listens, and a browser that looks at it as its admin. */
export interface Site {
  hub: Hub;
  url: string;
  browser: Browser;
  /** A signed-in window; everything the page reports as an error is gathered in `complaints`. */
  open(path: string, options?: WindowOptions): Promise<Page>;
  /** Errors of scripts, what the console calls errors, and refusals by the content policy, seen by any window. */
  complaints: string[];
  stop(): Promise<void>;
}

export interface WindowOptions {
  width?: number;
  height?: number;
  dark?: boolean;
  signedIn?: boolean;
  /** Who is signed in; the admin unless told. */
  as?: Person;
  /** Keeps the windows before open, so that two are looked at together. */
  beside?: boolean;
}

/** Starts a hub with the built page on a port of its own, with the log's sequencer, and a Chromium. */
export async function startSite(options: HubOptions = {}): Promise<Site> {
  const hub = await startHub({ consumers: [], webRoot: inject('webRoot'), ...options });
  const url = await hub.app.listen({ port: 0, host: '127.0.0.1' });
  const browser = await startChromium();
  const complaints: string[] = [];
  const sessions = new Map<string, Session>();
  return {
    hub,
    url,
    browser,
    complaints,
    async open(path, { width = 1440, height = 900, dark = false, signedIn = true, as = hub.admin, beside = false } = {}) {
      const session = signedIn ? (sessions.get(as.id) ?? (await signIn(browser, url, as))) : undefined;
      if (session) sessions.set(as.id, session);
      // One window at a time: those of earlier tests would go on reading.
      if (!beside) await Promise.all(browser.contexts().map((earlier) => earlier.close()));
      const context = await browser.newContext({
        baseURL: url,
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        locale: 'en-GB',
        timezoneId: 'Europe/Vienna',
        ...(session ? { storageState: session } : {}),
      });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // What the hub answers and a lost connection are logged by the browser too; they are no fault of the page.
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
      });
      await page.goto(path);
      return page;
    },
    async stop() {
      await browser.close();
      await hub.stop();
    },
  };
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

async function signIn(browser: Browser, url: string, person: Person): Promise<Session> {
  const context = await browser.newContext({ baseURL: url });
  const answer = await context.request.post('/api/v1/session', {
    data: { email: person.email, password: person.password },
    headers: { origin: url },
  });
  expect(answer.status()).toBe(204);
  const state = await context.storageState();
  await context.close();
  return state;
}

/**
 * Waits until nothing has moved for a while. What opens is on the page, transparent, some frames before its transition begins: that
 * nothing moves at one moment does not say that it has opened. A string, since these tests are compiled without a browser's types.
 */
const still = `new Promise((resolve) => {
  let frames = 0;
  const look = () => {
    frames = document.getAnimations().some((one) => one.playState === 'running') ? 0 : frames + 1;
    if (frames === 10) resolve();
    else requestAnimationFrame(look);
  };
  look();
})`;

/** Checks what is on screen against WCAG 2.2 A and AA, and axe's best practices; nothing serious or critical may be found. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(still);
  // The page's content policy allows no foreign script; the debugger's protocol is not bound by it.
  await page.evaluate(axe.source);
  const results = await page.evaluate<axe.AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  const serious = results.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`),
  ).toEqual([]);
}
