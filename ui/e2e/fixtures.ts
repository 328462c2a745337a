import { expect, test as plain, type Browser, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';
import { vi } from '../src/i18n/vi';
import { Province, type Device } from './province';

export { expect, type Browser, type Locator, type Page } from '@playwright/test';
export { chiengTuong, muongLan, Province, year, type Device } from './province';

type Words = typeof vi;

/** The Vietnamese words on screen, by the catalogue's key. */
export function w(key: keyof Words, params: Record<string, string | number> = {}): string {
  return vi[key].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
}

interface Parts {
  province: Province;
  /** Serves a device and opens it in a window of its own, at an address of the screens; `within` another browser, which the play ends. */
  open: (device: Device, at?: string, options?: BrowserContextOptions, within?: Browser) => Promise<Page>;
}

export const test = plain.extend<Parts>({
  // The runner reads the braces to know what a part needs.
  // eslint-disable-next-line no-empty-pattern
  province: async ({}, use) => {
    const province = await Province.found();
    await use(province);
    await province.end();
  },
  open: async ({ browser, contextOptions }, use) => {
    const faults: string[] = [];
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    await use(async (device, at = '/overview', options = {}, within = browser) => {
      const context = await within.newContext({ ...contextOptions, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(error.message));
      // A refused request is part of many plays; what breaks the policy of the page never is.
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
      });
      await page.goto(await device.serve());
      await page.goto(`${new URL(device.address).origin}/#${at}`);
      await page.locator('h1').first().waitFor();
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(faults, 'errors on the pages').toEqual([]);
  },
});

/** Presses a button by its name. */
export const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).first().click();

/** Goes to an address of the screens, as a link does. */
export async function goTo(page: Page, at: string): Promise<void> {
  await page.evaluate((address) => (location.hash = address), at);
  await page.locator('main h1').waitFor();
}

/** Presses "Đồng bộ ngay" and waits until it is done. */
export async function exchange(page: Page): Promise<void> {
  await goTo(page, '/sync');
  await press(page, w('sync.now'));
  await expect(page.getByText(w('sync.done'), { exact: true })).toBeVisible();
}

/** What the product says after an act. */
export const said = (page: Page, words: string): Locator => page.getByRole('status').filter({ hasText: words });
