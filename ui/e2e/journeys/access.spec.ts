import AxeBuilder from '@axe-core/playwright';
import { en } from '../../src/i18n/en';
import { vi } from '../../src/i18n/vi';
import { busy } from '../busy';
import { deskOf, roles } from '../places';
import { expect, goTo, muongLan, press, test, w, type Page } from '../fixtures';

const windows = [
  { name: 'phone', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  { name: 'laptop', viewport: { width: 1366, height: 768 } },
] as const;

type Words = keyof typeof vi;

/** The longest state a record can be held in, in each language. */
const longestState = (['sync.heldSent', 'sync.heldRefused', 'sync.groupLocal', 'sync.groupProvince'] as const satisfies Words[]).reduce((one, other) =>
  vi[other].length > vi[one].length ? other : one,
);

/** What does not fit: the page in its window, something in its card, a target under a finger. */
async function misfits(page: Page, where: string): Promise<string[]> {
  // The window's own width: what a phone reports as inner width grows with a page that is too wide.
  const width = page.viewportSize()?.width ?? 0;
  const found = await page.evaluate((window) => {
    const said = (element: Element): string => `${element.tagName.toLowerCase()} “${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 30)}”`;
    const faults: string[] = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > window) faults.push(`${scrollWidth} px in a window of ${window} px`);

    // What slides or is cut on purpose has an edge of its own.
    const within = (element: Element, frame: Element): boolean => {
      for (let at = element.parentElement; at && at !== frame; at = at.parentElement) if (getComputedStyle(at).overflowX !== 'visible') return true;
      return false;
    };
    for (const card of document.querySelectorAll('main :is(tr, section, li)')) {
      const { right } = card.getBoundingClientRect();
      if (!card.checkVisibility() || getComputedStyle(card).display === 'table-row') continue;
      const out = [...card.querySelectorAll('span, p, a, button')].find((one) => one.checkVisibility() && one.getBoundingClientRect().right > right + 0.5 && !within(one, card));
      if (out) faults.push(`${said(out)} crosses the edge of its card`);
    }

    const least = 44;
    for (const control of document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary')) {
      if (!control.checkVisibility() || control.matches(':disabled, .visually-hidden, .skip') || control.closest('[inert]')) continue;
      // A box to tick is pressed by its words too; a row is pressed anywhere when its link is stretched over it.
      const target = control.matches('[type=radio], [type=checkbox]') ? (control.closest('label') ?? control) : control;
      const stretched = getComputedStyle(control, '::after');
      const over = stretched.content !== 'none' && stretched.position === 'absolute' ? stretched : undefined;
      const box = target.getBoundingClientRect();
      const wide = Math.max(box.width, parseFloat(over?.width ?? '0'));
      const high = Math.max(box.height, parseFloat(over?.height ?? '0'));
      if (Math.min(wide, high) < least - 0.5) faults.push(`${said(control)} is a target of ${Math.round(wide)}×${Math.round(high)} px`);
    }
    return faults;
  }, width);
  return [...new Set(found)].map((fault) => `${where}: ${fault}`);
}

/** What axe and the sizes on the page have against what is shown. */
async function faults(page: Page, where: string): Promise<string[]> {
  await page.evaluate(() => document.fonts.ready);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ impact, id, nodes }) => `${where}: ${impact} ${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
  return [...found, ...(await misfits(page, where))];
}

/** The screen has its answer: nothing says that it is still opening. */
async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor();
  for (const words of [vi, en]) await expect(page.locator('main').getByText(words['common.opening'])).toHaveCount(0);
}

for (const role of roles) {
  test(`no screen of the ${role} has a serious fault for assistive technology or does not fit`, async ({ province, open }) => {
    test.setTimeout(300_000);
    const { device, screens } = deskOf(role, province, await busy(province));
    const found: string[] = [];
    for (const { name, ...window } of windows) {
      const page = await open(device, '/overview', window);
      for (const at of screens) {
        await goTo(page, at);
        await settled(page);
        found.push(...(await faults(page, `${name} ${at}`)));
      }
    }
    expect(found).toEqual([]);
  });
}

for (const role of roles) {
  test(`every screen of the ${role} fits a phone, in both languages, also with the large type for sunlight`, async ({ province, open }) => {
    test.setTimeout(300_000);
    const { device, screens } = deskOf(role, province, await busy(province));
    const { name: _, ...phone } = windows[0];
    const found: string[] = [];
    const page = await open(device, '/overview', phone);
    for (const [language, words] of [['vi', vi], ['en', en]] as const) {
      for (const sunlight of [false, true]) {
        await device.call('settings.set', { language, sunlight, automatic_exchange: false });
        await page.reload();
        await expect(page.locator('html')).toHaveAttribute('lang', language);
        for (const at of screens) {
          await goTo(page, at);
          await settled(page);
          await page.evaluate((longest) => {
            for (const state of document.querySelectorAll('td .tag > span')) state.textContent = longest;
          }, words[longestState]);
          found.push(...(await misfits(page, `${at} in ${language}${sunlight ? ' for sunlight' : ''}`)));
        }
      }
    }
    expect(found).toEqual([]);
  });
}

test('nor have the screens around the work: profiles, a locked one, an invitation, and the dialogs', async ({ province, open }) => {
  test.setTimeout(300_000);
  const found: string[] = [];
  const post = await province.post('post');
  const { registration } = await post.call('registrations.start', { cycle: null, values: { name: 'Bữa sáng cho em' } });
  const invitation = await province.invite({ role: 'post', unit: await province.unit(muongLan) });
  for (const { name, ...window } of windows) {
    const look = async (page: Page, where: string): Promise<void> => void found.push(...(await faults(page, `${name} ${where}`)));

    const machine = await open(province.device(`machine-${name}`, 'machine'), '/', window);
    await look(machine, 'no profile');
    await machine.getByLabel(w('start.name')).fill('Cán bộ trực ban');
    await machine.getByLabel(w('start.newPassphrase')).fill('minh-hoa-2024');
    await machine.getByLabel(w('start.repeat')).fill('minh-hoa-2024');
    await press(machine, w('start.addTitle').replace(' mới', ''));
    await machine.getByLabel(w('enrolment.invitation')).waitFor();
    await press(machine, w('enrolment.otherProfile'));
    await machine.getByRole('button', { name: w('start.openOf', { name: 'Cán bộ trực ban' }) }).click();
    await look(machine, 'locked profile');

    const fresh = await open(province.device(`fresh-${name}`), '/', window);
    await look(fresh, 'enrolment');
    await fresh.getByLabel(w('enrolment.invitation')).fill(invitation);
    await press(fresh, w('enrolment.inspect'));
    await fresh.getByLabel(w('enrolment.label')).waitFor();
    await look(fresh, 'what an invitation says');

    const page = await open(post, `/models/${registration}`, window);
    await press(page, w('model.submit'));
    await page.getByRole('dialog').getByRole('button', { name: w('model.submit') }).click();
    await expect(page.getByText(w('registration.neededToSubmit')).first()).toBeVisible();
    await look(page, 'what is missing');
    await press(page, w('common.history'));
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    await look(page, 'history');
    await page.keyboard.press('Escape');
    if (name === 'phone') {
      await press(page, w('nav.more'));
      await look(page, 'more');
    }
  }
  expect(found).toEqual([]);
});

test('a person who uses the keyboard alone reaches the content, sees where the focus is, and opens a model', async ({ province, open }) => {
  const post = await province.post('post');
  await post.register('Bữa sáng cho em');
  const page = await open(post, '/models');
  await page.reload();
  await page.getByRole('link', { name: 'Bữa sáng cho em' }).waitFor();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: w('nav.skip') })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  const row = page.getByRole('link', { name: 'Bữa sáng cho em' });
  for (let step = 0; step < 20 && !(await row.evaluate((element) => element === document.activeElement)); step += 1) await page.keyboard.press('Tab');
  await expect(row).toBeFocused();
  const outlines = row.evaluate((element) => [element, element.closest('tr') ?? element].map((one) => getComputedStyle(one).outlineStyle));
  expect(await outlines).toContain('solid');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Bữa sáng cho em');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
});
