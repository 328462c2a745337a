// The register of units is filled in, checked and imported; what is doubtful is seen before it is accepted.
import { expect, goTo, press, said, test, w, type Page } from '../fixtures';

const published = (units: object[]): string => JSON.stringify({ schema: 'dvk.org-units/1', units });
const unit = (id: string, name: string, level: string, parent: string | null, more: object = {}): object => ({ id, name, level, parent, demonstration: true, ...more });

/** A command that ends and leaves its post without a unit above: true of the list, and worth a look. */
const doubtful = [
  unit('vi-du-bch', 'Ban Chỉ huy Ví Dụ (minh họa)', 'border_guard_command', 'tinh-son-la', { valid_until: '2025-07-01' }),
  unit('vi-du-don', 'Đồn Biên phòng Ví Dụ (minh họa)', 'border_post', 'vi-du-bch'),
];
const wrong = unit('vi-du-xa', 'Xã Ví Dụ (minh họa)', 'xa', 'tinh-son-la');

async function choose(page: Page, name: string, content: string | Buffer): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await press(page, w('reference.chooseFile'));
  await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
}

test('rows to look at are shown apart from refused ones, and nothing is imported before it is accepted', async ({ province, open }) => {
  const { compiler } = province;
  const known = async (): Promise<number> => (await compiler.call('units.list', { include_past: true })).units.filter(({ name }) => name.includes('Ví Dụ')).length;
  const page = await open(compiler, '/reference/import');
  await page.getByText(w('reference.kind.units_json'), { exact: true }).click();
  await choose(page, 'don-vi.json', published([...doubtful, wrong]));

  const refused = page.getByRole('table', { name: w('reference.refusedRows', { n: 1 }) });
  const remarks = page.getByRole('table', { name: w('reference.remarks', { n: 1 }) });
  await expect(refused).toContainText(w('import.unknown_level'));
  await expect(remarks).toContainText(w('remark.no_parent', { day: '01/07/2025' }));
  await expect(remarks).not.toContainText(w('import.unknown_level'));
  await expect(page.getByText(w('reference.remarksLeft'))).toBeVisible();
  expect(await known(), 'a check writes nothing').toBe(0);

  await press(page, w('reference.applyGood', { n: 2 }));
  await expect(said(page, w('reference.imported', { created: 2, changed: 0 }))).toBeVisible();
  await expect(page.getByText(w('reference.remarksDone'))).toBeVisible();
  expect(await known()).toBe(2);
});

test('a file that cannot be used says what it is, and the next one is read', async ({ province, open }) => {
  const page = await open(province.compiler, '/reference/import');
  for (const [content, reason] of [
    ['Mã đơn vị;Tên đơn vị', w('unreadable.not_xlsx')],
    [Buffer.from('d0cf11e0a1b11ae1', 'hex'), w('unreadable.old_workbook')],
    ['', w('unreadable.empty')],
  ] as const) {
    await choose(page, 'don-vi.xlsx', content);
    await expect(page.getByRole('alert')).toContainText(w('problem.import_not_readable.happened'));
    await expect(page.getByText(reason, { exact: true })).toBeVisible();
  }
  const { content_base64 } = await province.compiler.call('units.template');
  await choose(page, 'mau.xlsx', Buffer.from(content_base64, 'base64'));
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByText(w('reference.goodRows', { good: 0, created: 0, changed: 0 }))).toBeVisible();
});

test('a campaign is offered only the criteria that models can be scored with, and the others say why', async ({ province, open }) => {
  const page = await open(province.compiler, '/campaigns');
  await press(page, w('campaign.create'));
  const { sets, not_for_scoring } = await province.compiler.call('criteria.list');
  expect(not_for_scoring).toHaveLength(3);
  await expect(page.getByText(w('campaign.criteriaLeftOut', { n: 3 }))).toBeVisible();
  const offered = await page.getByLabel(w('campaign.criteria')).locator('option[value]:not([value=""])').evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  expect(offered.sort()).toEqual(sets.filter(({ id }) => !not_for_scoring.some((barred) => barred.id === id)).map(({ id }) => id).sort());
  await goTo(page, '/reference/criteria');
  await expect(page.getByText(w('reference.notForScoring.no_weights'))).toBeVisible();
  await expect(page.getByText(w('reference.notForScoring.no_criteria'))).toBeVisible();
});
