import { exchange, expect, goTo, press, said, test, w } from '../fixtures';

test('with the server stopped the device saves and says what is not sent; after its return the button sends it', async ({ province, open }) => {
  const post = await province.post('post');
  const { registration } = await post.call('registrations.start', { cycle: null, values: { name: 'Bữa sáng cho em', schedule: 'Cả năm', field: 'VHXH' } });
  await post.exchange();
  await province.stopServer();

  const page = await open(post, `/models/${registration}`);
  await page.getByLabel(w('property.place'), { exact: true }).fill('Bản Cáp Ven');
  await page.getByLabel(w('property.goals'), { exact: true }).focus();
  await expect.poll(async () => (await post.call('registrations.get', { registration })).values.place).toBe('Bản Cáp Ven');
  await press(page, w('model.submit'));
  await page.getByRole('dialog').getByRole('button', { name: w('model.submit'), exact: true }).click();
  await expect(said(page, w('registration.submitted'))).toBeVisible();
  const chip = page.getByRole('link', { name: new RegExp(`^${w('sync.unsent', { n: 2 })}`) });
  await expect(chip).toBeVisible();

  await chip.click();
  await press(page, w('sync.now'));
  const alert = page.getByRole('alert');
  await expect(alert).toContainText(w('problem.server_unreachable.happened'));
  await expect(alert).toContainText(w('problem.server_unreachable.safe'));
  await expect(page.getByRole('main').getByRole('link', { name: 'Bữa sáng cho em' })).toBeVisible();
  await page.reload();
  await expect(chip).toBeVisible();

  await province.startServer();
  await exchange(page);
  await expect(page.getByText(w('sync.doneConfirmed', { n: 2 }))).toBeVisible();
  await expect(page.getByRole('link', { name: /^Tỉnh đã nhận lúc/ })).toBeVisible();
  await goTo(page, `/models/${registration}`);
  await expect(page.getByRole('main').getByText(w('sync.groupProvince'), { exact: true })).toBeVisible();
});

test('a device whose program was stopped in the middle of a word opens again with everything saved', async ({ province, open }) => {
  const post = await province.post('post');
  const { registration } = await post.call('registrations.start', { cycle: null, values: { name: 'Nâng bước em tới trường' } });
  const page = await open(post, `/models/${registration}`);
  await page.getByLabel(w('property.approach'), { exact: true }).pressSequentially('Mỗi tháng một buổi');
  await page.waitForTimeout(1000);
  await post.close();
  await page.getByLabel(w('property.approach'), { exact: true }).pressSequentially(' nữa');
  await page.getByLabel(w('property.name'), { exact: true }).focus();
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible();

  const again = await open(post, `/models/${registration}`);
  await press(again, w('registration.restore'));
  await expect(again.getByLabel(w('property.approach'), { exact: true })).toHaveValue('Mỗi tháng một buổi');
});
