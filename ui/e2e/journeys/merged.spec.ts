import { exchange, expect, goTo, press, said, test, w } from '../fixtures';

test('a goal that two devices wrote while apart asks to be read again, and shows both texts', async ({ province, open }) => {
  const [one, other] = [await province.post('one'), await province.post('other')];
  const registration = await one.register('Thắp sáng đường biên');
  await one.exchange();
  await other.exchange();
  const write = (device: typeof one, goals: string) => device.call('registrations.save', { registration, values: { goals } });
  await write(one, 'Mười cụm đèn');
  await write(other, 'Ba buổi tuyên truyền');
  await one.exchange();
  await other.exchange();
  await one.exchange();

  const page = await open(one, `/models/${registration}`);
  await expect(page.getByText(w('registration.mergedText'))).toBeVisible();
  await page.getByRole('link', { name: w('common.view'), exact: true }).click();
  await expect(page.getByText(w('differences.merged'))).toBeVisible();
  for (const text of ['Mười cụm đèn', 'Ba buổi tuyên truyền']) await expect(page.getByRole('main').getByText(text).first()).toBeVisible();
  await press(page, w('differences.keepMerged'));
  await expect(said(page, w('differences.decided'))).toBeVisible();
  await exchange(page);
  await goTo(page, `/models/${registration}`);
  await expect(page.getByText(w('registration.mergedText'))).toHaveCount(0);
});

test('going back from a new registration in which nothing was saved leaves no nameless row', async ({ province, open }) => {
  const post = await province.post('post');
  const page = await open(post, '/models');
  await press(page, w('model.add'));
  await page.getByLabel(w('property.name'), { exact: true }).fill('Bữa sáng');
  await expect.poll(async () => (await post.call('registrations.prepare', {})).unfinished?.contents['name']).toBe('Bữa sáng');
  await page.reload();
  await expect(page.getByText(w('sync.restoreDraft'))).toBeVisible();
  await press(page, w('registration.letGo'));
  await goTo(page, '/models');
  await expect(page.getByText(w('models.nameless'))).toHaveCount(0);
  expect((await post.call('models.list', { filter: {} })).rows).toEqual([]);
});
