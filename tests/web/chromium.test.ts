import { expect, onTestFinished, test } from 'vitest';
import { startChromium } from '../support/servers/chromium.ts';

test('the Chromium of the tests opens a page and runs its script', async () => {
  const browser = await startChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.setContent('<h1>hello</h1><script>document.querySelector("h1").textContent += " there"</script>');
  expect(await page.textContent('h1')).toBe('hello there');
});
