import { exchange, expect, goTo, press, said, test, w, type Device, type Page } from '../fixtures';

const place = (page: Page) => page.getByLabel(w('property.place'), { exact: true });

/** Writes the place on the open registration, and leaves the group, which saves it. */
async function write(page: Page, device: Device, registration: string, text: string): Promise<void> {
  await goTo(page, `/models/${registration}`);
  await place(page).fill(text);
  await page.getByLabel(w('property.goals'), { exact: true }).focus();
  await expect.poll(async () => (await device.call('registrations.get', { registration })).values.place).toBe(text);
}

test('two devices of a post that write one place while apart both show the question, and deciding removes it', async ({ province, open }) => {
  const [one, other] = [await province.post('one'), await province.post('other')];
  const { registration } = await one.call('registrations.start', { cycle: null, values: { name: 'Tự quản đường biên', place: 'Bản cũ' } });
  await one.exchange();
  await other.exchange();
  const [left, right] = [await open(one), await open(other)];

  await write(left, one, registration, 'Bản Cáp Ven');
  await write(right, other, registration, 'Bản Nong Phụ');
  await exchange(left);
  await exchange(right);
  await exchange(left);

  for (const page of [left, right]) {
    await expect(page.getByRole('link', { name: new RegExp(`^${w('sync.review', { n: 1 })}`) })).toBeVisible();
    await goTo(page, `/models/${registration}`);
    await expect(page.getByText(w('sync.differing')).first()).toBeVisible();
    await page.getByRole('link', { name: w('common.view'), exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(w('nav.differences'));
    for (const text of ['Bản Cáp Ven', 'Bản Nong Phụ']) await expect(page.getByRole('main').getByText(text)).toBeVisible();
  }
  // Both show the same value until someone decides.
  const shown = await Promise.all([one, other].map(async (device) => (await device.call('registrations.get', { registration })).values.place));
  expect(shown[0]).toBe(shown[1]);

  await press(left, `${w('sync.keepThis')}: Máy one`);
  await expect(said(left, w('differences.decided'))).toBeVisible();
  await expect(left.getByText(w('differences.none'))).toBeVisible();
  await exchange(left);
  await exchange(right);
  await goTo(right, '/differences');
  await expect(right.getByText(w('differences.none'))).toBeVisible();
  await goTo(right, `/models/${registration}`);
  await expect(place(right)).toHaveValue('Bản Cáp Ven');
  await expect(right.getByRole('link', { name: /^Tỉnh đã nhận lúc/ })).toBeVisible();
});
