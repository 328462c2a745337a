import { exchange, expect, goTo, press, said, test, w, type Page } from '../fixtures';

/** Fills what a registration needs before it can be submitted. */
async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel(w('property.name'), { exact: true }).fill(name);
  await page.getByRole('radio', { name: w('kind.new'), exact: true }).check({ force: true });
  await page.getByLabel(w('property.field'), { exact: true }).selectOption('VHXH');
  await page.getByLabel(w('property.place'), { exact: true }).fill('Bản Mường Lạn');
  await page.getByLabel(w('property.schedule'), { exact: true }).fill('Cả năm 2024');
}

async function submit(page: Page): Promise<void> {
  await press(page, w('model.submit'));
  await page.getByRole('dialog').getByRole('button', { name: w('model.submit'), exact: true }).click();
  await expect(said(page, w('registration.submitted'))).toBeVisible();
}

const total = (page: Page) => page.locator('main tfoot td').first();

test('a post registers a model in the browser, exchanges, and the compiler sees the total move', async ({ province, open }) => {
  const post = await province.post('post');
  const desk = await open(province.compiler, '/totals');
  await expect(total(desk).or(desk.getByText(w('totals.none'))).first()).toHaveText(new RegExp(`^0$|${w('totals.none')}`));

  const page = await open(post, '/models');
  await press(page, w('model.add'));
  await enter(page, 'Bữa sáng cho em');
  await submit(page);
  await expect(page.locator('main').getByText(w('status.submitted'), { exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: /^Chưa gửi: \d+ thay đổi/ })).toBeVisible();
  await exchange(page);
  await expect(page.getByRole('link', { name: /^Tỉnh đã nhận lúc/ })).toBeVisible();

  await exchange(desk);
  await goTo(desk, '/totals');
  await expect(total(desk)).toHaveText('1');
  await total(desk).getByRole('link').click();
  await expect(desk.getByRole('link', { name: 'Bữa sáng cho em' })).toBeVisible();
});

test('with a connection, a submitted registration reaches the compiler without anyone pressing a button', async ({ province, open }) => {
  const post = await province.post('post');
  const itself = { language: 'vi', sunlight: false, automatic_exchange: true } as const;
  await post.call('settings.set', itself);
  await province.compiler.call('settings.set', itself);
  const page = await open(post, '/models');
  await press(page, w('model.add'));
  await enter(page, 'Nâng bước em tới trường');
  await submit(page);
  await expect(page.locator('main').getByText(w('sync.groupProvince'), { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('link', { name: /^Tỉnh đã nhận lúc/ })).toBeVisible();
  // A device that is opened looks for news at once.
  const desk = await open(province.compiler, '/models');
  const row = desk.getByRole('link', { name: 'Nâng bước em tới trường' });
  const news = desk.getByRole('status').filter({ hasText: w('common.newChanges') });
  await expect(row.or(news).first()).toBeVisible({ timeout: 30_000 });
  // What arrives while a list is open waits for its reader.
  if (await news.isVisible()) await news.getByRole('button', { name: w('common.view') }).click();
  await expect(row).toBeVisible();
  await goTo(desk, '/totals');
  await expect(total(desk)).toHaveText('1');
});

test('the compiler returns a registration with its reason; the post sees it on top, mends it and submits again', async ({ province, open }) => {
  const post = await province.post('post');
  const registration = await post.register('Thầy giáo quân hàm xanh');
  await post.exchange();
  await province.compiler.exchange();

  const desk = await open(province.compiler, `/models/${registration}`);
  await press(desk, w('model.return'));
  await desk.getByRole('dialog').getByRole('button', { name: w('model.return') }).click();
  await expect(desk.getByRole('dialog').getByText(w('problem.reason_needed.happened'))).toBeVisible();
  await desk.getByRole('dialog').getByRole('textbox').fill('Thiếu mục tiêu đo đếm được');
  await desk.getByRole('dialog').getByRole('button', { name: w('model.return') }).click();
  await expect(said(desk, w('registration.sentBack'))).toBeVisible();
  await exchange(desk);

  const page = await open(post);
  await exchange(page);
  await goTo(page, '/overview');
  const first = page.locator('main').getByRole('region').or(page.locator('main section')).first();
  await expect(first).toContainText(w('home.returned'));
  await first.getByRole('link', { name: /Thầy giáo quân hàm xanh/ }).click();
  await expect(page.getByText('Thiếu mục tiêu đo đếm được')).toBeVisible();
  await page.getByLabel(w('property.goals'), { exact: true }).fill('12 buổi học mỗi tháng');
  await submit(page);
  await exchange(page);

  await exchange(desk);
  await goTo(desk, `/models/${registration}`);
  await expect(desk.getByText('12 buổi học mỗi tháng')).toBeVisible();
  await press(desk, w('registration.accept'));
  await expect(said(desk, w('registration.accepted'))).toBeVisible();
  await expect(desk.locator('main').getByText(w('status.active'), { exact: true })).toBeVisible();
  await press(desk, w('common.history'));
  // Both decisions stay, the newest on top, the return with its reason.
  const history = desk.getByRole('dialog').getByRole('listitem');
  await expect(history.filter({ hasText: w('decision.accepted') })).toHaveCount(1);
  await expect(history.filter({ hasText: w('decision.returned') })).toContainText('Thiếu mục tiêu đo đếm được');
  await expect(desk.getByRole('dialog')).not.toContainText(/registration|decision|_/);
});

test('what was being typed is offered again after the tab was closed in the middle of it', async ({ province, open }) => {
  const post = await province.post('post');
  const { registration } = await post.call('registrations.start', { cycle: null, values: { name: 'Bản nháp' } });
  const page = await open(post, `/models/${registration}`);
  const goals = page.getByLabel(w('property.goals'), { exact: true });
  await goals.pressSequentially('Mỗi em một bữa sáng đủ chất');
  // Kept within a second of the last key; the field was never left.
  await page.waitForTimeout(1000);
  await page.context().close();
  expect((await post.call('registrations.get', { registration })).values.goals).toBe('');

  const again = await open(post, `/models/${registration}`);
  await expect(again.getByText(w('sync.restoreDraft'))).toBeVisible();
  await press(again, w('registration.restore'));
  await expect(again.getByLabel(w('property.goals'), { exact: true })).toHaveValue('Mỗi em một bữa sáng đủ chất');
  await expect.poll(async () => (await post.call('registrations.get', { registration })).values.goals).toBe('Mỗi em một bữa sáng đủ chất');
  await expect(again.getByText(w('sync.restoreDraft'))).toBeHidden();
});

test('a text that may hold personal data is not saved before a person has looked at it', async ({ province, open }) => {
  const post = await province.post('post');
  const { registration } = await post.call('registrations.start', { cycle: null, values: { name: 'Hỗ trợ học sinh' } });
  const saved = async (): Promise<string | null | undefined> => (await post.call('registrations.get', { registration })).values.outputs;
  const page = await open(post, `/models/${registration}`);
  const outputs = page.getByLabel(w('property.outputs'), { exact: true });
  await outputs.fill('Liên hệ qua số 0912 345 678');
  await page.getByLabel(w('property.name'), { exact: true }).focus();
  const warning = page.getByRole('alert').filter({ hasText: w('privacy.mayContain') });
  await expect(warning).toContainText('0912 345 678');
  expect(await saved()).toBe('');

  await outputs.fill('Liên hệ qua đơn vị');
  await page.getByLabel(w('property.name'), { exact: true }).focus();
  await expect(warning).toBeHidden();
  await expect.poll(saved).toBe('Liên hệ qua đơn vị');

  await outputs.fill('Số quyết định 0912 345 678');
  await page.getByLabel(w('property.name'), { exact: true }).focus();
  await warning.getByRole('button', { name: w('privacy.keepText') }).click();
  await expect.poll(saved).toBe('Số quyết định 0912 345 678');
});
