import AxeBuilder from '@axe-core/playwright';
import { busy } from '../busy';
import { deskOf, roles } from '../places';
import { expect, goTo, muongLan, press, test, w, type Page } from '../fixtures';

const windows = [
  { name: 'phone', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  { name: 'laptop', viewport: { width: 1366, height: 768 } },
] as const;

/** What axe and the width of the page have against what is shown. */
async function faults(page: Page, where: string): Promise<string[]> {
  await page.evaluate(() => document.fonts.ready);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ impact, id, nodes }) => `${where}: ${impact} ${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return wide > 0 ? [...found, `${where}: ${wide} px wider than the window`] : found;
}

/** The screen has its answer: nothing says that it is still opening. */
async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor();
  await expect(page.locator('main').getByText(w('common.opening'))).toHaveCount(0);
}

for (const role of roles) {
  test(`no screen of the ${role} has a serious fault for assistive technology or is wider than its window`, async ({ province, open }) => {
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
