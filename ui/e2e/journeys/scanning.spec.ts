import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { film, pictured } from '../camera';
import { expect, muongLan, press, test, w, type Page } from '../fixtures';

const camera = (path: string): string[] => ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`];
const dialog = (page: Page) => page.getByRole('dialog', { name: w('scan.title') });
const choose = (page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }) => page.locator('[data-scan="picture"]').setInputFiles(file);

test('a teammate’s camera reads the code off the screen and the two devices exchange, nothing typed or pasted', async ({ province, open, browser, playwright, launchOptions }) => {
  test.slow();
  const { secretary, head } = await province.delegation();
  await head.exchange();
  await secretary.exchange();
  await province.stopServer();

  const table = await open(secretary, '/sync');
  await press(table, w('hub.open'));
  const path = join(province.folder, 'camera.y4m');
  await film(browser, await table.getByRole('img', { name: w('hub.qr') }).screenshot(), path);

  const phone = await playwright.chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), ...camera(path)] });
  try {
    const guest = await open(head, '/sync', { permissions: ['camera'] }, phone);
    await press(guest, w('hub.join'));
    await press(guest, w('scan.title'));
    await expect(guest.getByText(w('hub.joined', { label: 'Máy thư ký 2' }), { exact: true })).toBeVisible();
    await expect(dialog(guest)).toHaveCount(0);
    await expect(table.getByText('Máy trưởng đoàn 1', { exact: true })).toBeVisible();
  } finally {
    await phone.close();
  }
});

test('without a camera the picture of the code does: others are told apart, the right one joins', async ({ province, open, browser }) => {
  const { secretary, head } = await province.delegation();
  await head.exchange();
  await secretary.exchange();
  const table = await open(secretary, '/sync');
  await press(table, w('hub.open'));
  const code = await table.getByRole('img', { name: w('hub.qr') }).screenshot();

  const guest = await open(head, '/sync');
  await press(guest, w('hub.join'));
  const screen = await guest.screenshot();
  await press(guest, w('scan.title'));
  await expect(dialog(guest).getByText(w('scan.absent'), { exact: true })).toBeVisible();
  expect((await new AxeBuilder({ page: guest }).analyze()).violations).toEqual([]);

  await choose(guest, { name: 'man-hinh.png', mimeType: 'image/png', buffer: screen });
  await expect(dialog(guest).getByText(w('scan.noCode'), { exact: true })).toBeVisible();
  await choose(guest, { name: 'ghi-chu.png', mimeType: 'image/png', buffer: Buffer.from('không phải ảnh') });
  await expect(dialog(guest).getByText(w('scan.notPicture'), { exact: true })).toBeVisible();
  const { qr_svg } = await province.compiler.call('enrolment.invite', { role: 'post', unit: await province.unit(muongLan), valid_days: 7 });
  await choose(guest, { name: 'thu-moi.png', mimeType: 'image/png', buffer: await pictured(browser, qr_svg) });
  await expect(dialog(guest).getByText(w('scan.otherCode'), { exact: true })).toBeVisible();
  await expect(dialog(guest).getByText(w('hub.otherCode'), { exact: true })).toBeVisible();

  await guest.keyboard.press('Escape');
  await expect(dialog(guest)).toHaveCount(0);
  await expect(guest.getByRole('button', { name: w('scan.title') })).toBeFocused();
  await guest.keyboard.press('Enter');
  await choose(guest, { name: 'ma.png', mimeType: 'image/png', buffer: code });
  await expect(guest.getByText(w('hub.joined', { label: 'Máy thư ký 2' }), { exact: true })).toBeVisible();
});

test('a camera that may not be used is asked for again, and its light goes out when the question is closed', async ({ province, open, playwright, launchOptions }) => {
  const post = await province.post('post');
  const phone = await playwright.chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), '--use-fake-device-for-media-stream'] });
  try {
    const page = await open(post, '/sync', { permissions: [] }, phone);
    await press(page, w('hub.join'));
    await press(page, w('scan.title'));
    await expect(dialog(page).getByText(w('scan.refused'), { exact: true })).toBeVisible();
    await page.context().grantPermissions(['camera']);
    await press(page, w('common.tryAgain'));
    await expect(dialog(page).getByText(w('scan.looking'), { exact: true })).toBeVisible();
    const track = await page.evaluateHandle(() => (document.querySelector('video')!.srcObject as MediaStream).getVideoTracks()[0]!);
    expect(await track.evaluate((one) => one.readyState)).toBe('live');
    await page.keyboard.press('Escape');
    await expect(dialog(page)).toHaveCount(0);
    expect(await track.evaluate((one) => one.readyState)).toBe('ended');
  } finally {
    await phone.close();
  }
});

test('a fresh device reads its invitation from a picture and is shown what it says', async ({ province, open, browser }) => {
  const { qr_svg } = await province.compiler.call('enrolment.invite', { role: 'post', unit: await province.unit(muongLan), valid_days: 7 });
  await province.compiler.exchange();
  const page = await open(province.device('fresh'), '/');
  await press(page, w('scan.title'));
  await choose(page, { name: 'thu-moi.png', mimeType: 'image/png', buffer: await pictured(browser, qr_svg) });
  await expect(page.getByRole('main').getByText(muongLan, { exact: true })).toBeVisible();
  await page.getByLabel(w('enrolment.label')).fill('Máy tính trực ban');
  await press(page, w('enrolment.accept'));
  await expect(page.getByRole('banner')).toContainText(muongLan);
});
