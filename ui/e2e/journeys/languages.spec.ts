import { en } from '../../src/i18n/en';
import { vi } from '../../src/i18n/vi';
import { busy } from '../busy';
import { expect, goTo, test, w, type Page } from '../fixtures';
import { deskOf } from '../places';

type Catalogue = Record<string, string>;

/** How a text of the catalogue looks once its parameters are filled in; nothing when too little of it is fixed. */
function shape(text: string): RegExp | undefined {
  const fixed = text.split(/\{\w+\}/);
  if (!fixed.some((part) => (part.match(/\p{L}/gu)?.length ?? 0) >= 4)) return undefined;
  return new RegExp(`^${fixed.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`, 'u');
}

/** The texts that belong to one language only. */
function only(catalogue: Catalogue, other: Catalogue): RegExp[] {
  const others = new Set(Object.values(other));
  return Object.values(catalogue).flatMap((text) => (others.has(text) ? [] : (shape(text) ?? [])));
}

const vietnamese = only(vi, en);
const english = only(en, vi);

/** Every text a person sees or hears on the page, but not what was written into records. */
function words(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = new Set<string>();
    const take = (text: string | null | undefined): void => {
      const tidy = text?.replace(/\s+/g, ' ').trim();
      if (tidy) found.add(tidy);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) if (node.parentElement?.checkVisibility()) take(node.textContent);
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]')) {
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) take(element.getAttribute(name));
    }
    take(document.title);
    return [...found];
  });
}

const matching = (texts: readonly string[], shapes: readonly RegExp[]): string[] => texts.filter((text) => shapes.some((one) => one.test(text)));

for (const role of ['post', 'secretary', 'compiler'] as const) {
  test(`the switch changes every word on every screen of the ${role}, and back`, async ({ province, open }) => {
    test.setTimeout(300_000);
    const { device, screens } = deskOf(role, province, await busy(province));
    // Names of units and of what the province published are data, also where they equal a word of a screen.
    const { units } = await province.compiler.call('units.list', { day: '2024-06-01', include_past: true });
    const { schemes } = await province.compiler.call('schemes.list');
    const { sets } = await province.compiler.call('criteria.list');
    const provenances = sets.map((set) => set.provenance.replace(/\s+/g, ' ').trim());
    for (const text of provenances) expect(text.replace(/https?:\S+/g, ''), 'what the product ships is Vietnamese').not.toMatch(/\b(the|for|only|by|of|and|found)\b/i);
    const published = new Set([...units.map((unit) => unit.name), ...JSON.stringify(schemes).split('"'), ...provenances]);
    const wrong: string[] = [];
    const page = await open(device, '/settings');
    for (const [choice, foreign, own, catalogue, lang] of [
      [w('settings.languageEn'), vietnamese, english, en, 'en'],
      [w('settings.languageVi'), english, vietnamese, vi, 'vi'],
    ] as const) {
      // An English hint may quote how a figure is written in Vietnamese.
      const itsOwn = new Set<string>(Object.values(catalogue));
      await goTo(page, '/settings');
      await page.getByText(choice, { exact: true }).click();
      await expect(page.locator('html')).toHaveAttribute('lang', lang);
      for (const at of screens) {
        await goTo(page, at);
        await page.waitForTimeout(250);
        const all = await words(page);
        const texts = all.filter((text) => !published.has(text) && !itsOwn.has(text));
        wrong.push(...matching(texts, foreign).map((text) => `${at} in ${lang}: ${text}`));
        expect(matching(all, own).length, `${at} in ${lang}`).toBeGreaterThan(8);
      }
    }
    expect(wrong).toEqual([]);
  });
}

test('the chosen language is the profile’s: it is there again after the program was closed', async ({ province, open }) => {
  const post = await province.post('post');
  const page = await open(post, '/settings');
  await page.getByText(w('settings.languageEn'), { exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(en['nav.settings']);
  await page.context().close();
  await post.close();
  // Another browser remembers nothing; the device does.
  const again = await open(post, '/settings');
  await expect(again.getByRole('heading', { level: 1 })).toHaveText(en['nav.settings']);
});

test('a search without marks finds the name with marks, also from the keyboard', async ({ province, open }) => {
  const post = await province.post('post');
  await post.register('Bữa sáng cho em');
  await post.register('Con nuôi đồn biên phòng');
  const page = await open(post);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('bua sang');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('bua sang');
  await expect(page.getByRole('main').getByRole('link', { name: /Bữa sáng cho em/ })).toBeVisible();
  await expect(page.getByRole('main').getByText('Con nuôi đồn biên phòng')).toHaveCount(0);

  await goTo(page, '/models');
  await page.getByLabel(w('models.search'), { exact: true }).fill('don bien phong');
  const row = page.getByRole('link', { name: 'Con nuôi đồn biên phòng' });
  await expect(row).toBeVisible();
});
