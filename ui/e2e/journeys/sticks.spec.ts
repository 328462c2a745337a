import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, goTo, press, test, w, type Page } from '../fixtures';

/** Names a folder: where drives or known folders are offered, behind "another folder". */
async function chooseFolder(page: Page, folder: string): Promise<void> {
  const other = page.getByLabel(w('usb.otherFolder'), { exact: true });
  const field = page.getByLabel(w('usb.folder'), { exact: true });
  await expect(other.or(field).first()).toBeVisible();
  if (await other.isVisible()) await other.check();
  await field.fill(folder);
}

/** Reads the stick in `folder` through the screen. */
async function importFrom(page: Page, folder: string): Promise<void> {
  await goTo(page, '/sync');
  await press(page, w('usb.import'));
  await chooseFolder(page, folder);
  await press(page, w('usb.find'));
  await page.getByRole('button', { name: /^Nhập \d+ tệp/ }).click();
}

test('without a network a stick takes a registration to a device that is named in it, and importing twice says so', async ({ province, open }) => {
  const post = await province.post('post');
  await post.register('Bữa sáng cho em');
  await province.stopServer();
  const stick = join(province.folder, 'usb');
  await mkdir(stick);

  const page = await open(post, '/sync');
  await press(page, w('usb.export'));
  await chooseFolder(page, stick);
  const more = page.getByRole('button', { name: /^Chọn thêm nơi nhận/ });
  if (await more.isVisible()) await more.click();
  await page.getByRole('checkbox', { name: /^Máy tổng hợp/ }).check();
  await press(page, w('usb.export'));
  await expect(page.getByText(w('usb.safeToRemove'), { exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: w('sync.groupCarried') })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  const desk = await open(province.compiler, '/sync');
  await importFrom(desk, stick);
  await expect(desk.getByText(w('usb.imported'), { exact: true })).toBeVisible();
  await goTo(desk, '/models');
  await expect(desk.getByRole('main').getByText('Bữa sáng cho em').first()).toBeVisible();

  await importFrom(desk, stick);
  await expect(desk.getByText(w('usb.standing.nothing_new'), { exact: true }).first()).toBeVisible();
});

test('a stick that the program lists is chosen by its name, written, and read on the next device', async ({ province, open }) => {
  const post = await province.post('post');
  await post.register('Bữa sáng cho em');
  await province.stopServer();
  const [kingston, photos] = [join(province.folder, 'kingston'), join(province.folder, 'anh')];
  for (const stick of [kingston, photos]) await mkdir(stick);
  for (const device of [post, province.compiler]) {
    device.plugIn(photos, 'ANH HOI NGHI');
    device.plugIn(kingston, 'KINGSTON');
  }

  const page = await open(post, '/sync');
  await press(page, w('usb.export'));
  await page.getByRole('radio', { name: /^ANH HOI NGHI/ }).check();
  await page.getByRole('radio', { name: /^KINGSTON/ }).check();
  await expect(page.getByRole('radio', { name: /^ANH HOI NGHI/ })).not.toBeChecked();
  const more = page.getByRole('button', { name: /^Chọn thêm nơi nhận/ });
  if (await more.isVisible()) await more.click();
  await page.getByRole('checkbox', { name: /^Máy tổng hợp/ }).check();
  await press(page, w('usb.export'));
  await expect(page.getByText(w('usb.safeToRemove'), { exact: true })).toBeVisible();
  expect([(await readdir(kingston)).length > 0, await readdir(photos)]).toEqual([true, []]);

  const desk = await open(province.compiler, '/sync');
  await press(desk, w('usb.import'));
  await desk.getByRole('radio', { name: /^KINGSTON/ }).check();
  await press(desk, w('usb.find'));
  await desk.getByRole('button', { name: /^Nhập \d+ tệp/ }).click();
  await expect(desk.getByText(w('usb.imported'), { exact: true })).toBeVisible();
  await goTo(desk, '/models');
  await expect(desk.getByRole('main').getByText('Bữa sáng cho em').first()).toBeVisible();
});

test('a folder that is not there is refused in words and nothing is written', async ({ province, open }) => {
  const post = await province.post('post');
  const page = await open(post, '/sync');
  await press(page, w('usb.export'));
  const other = page.getByLabel(w('usb.otherFolder'), { exact: true });
  if (await other.isVisible()) await other.check();
  await page.getByLabel(w('usb.folder'), { exact: true }).fill(join(province.folder, 'nowhere'));
  await press(page, w('usb.export'));
  await expect(page.getByRole('alert')).toContainText(w('problem.stick_not_a_folder.happened'));
});
