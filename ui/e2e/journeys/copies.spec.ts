import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { exchange, expect, goTo, press, said, test, w } from '../fixtures';
import { imageOf, putBack } from '../images';

test('a device that was put back from an older copy says so once, gets back what it lost, and goes on', async ({ province, open }) => {
  const post = await province.post('post');
  await post.register('Trước khi sao chép');
  await post.exchange();
  const older = await imageOf(post.home);
  await post.register('Sau khi sao chép');
  await post.exchange();
  await putBack(older, post.home);

  const page = await open(post, '/sync');
  await expect(page.getByText(w('sync.livesTitle'), { exact: true })).toBeVisible();
  await expect(page.getByText(w('sync.lifeOlderCopy'))).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await exchange(page);
  await goTo(page, '/models');
  await expect(page.getByRole('link', { name: 'Sau khi sao chép' }).first()).toBeVisible();

  await goTo(page, '/sync');
  await press(page, w('sync.livesRead'));
  await expect(page.getByText(w('sync.livesTitle'), { exact: true })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(w('nav.sync'));
  await expect(page.getByText(w('sync.livesTitle'), { exact: true })).toHaveCount(0);
});

test('two branches of one log are shown to the administrator, who chooses the one that counts', async ({ province, open }) => {
  const post = await province.post('post');
  const notes = join(province.folder, 'notes');
  const stick = join(province.folder, 'usb');
  for (const folder of [notes, stick]) await mkdir(folder);
  post.noteIn(notes);
  await post.register('Trước khi sao chép');
  await post.exchange();
  // An image of the whole machine, which the device cannot tell from itself: both write on at one place of the log.
  const older = await imageOf(post.home, notes);
  await post.register('Nhánh thứ nhất');
  await post.exchange();
  await province.compiler.exchange();
  await putBack(older, post.home, notes);
  await post.register('Nhánh thứ hai');
  await post.call('sticks.export', { folder: stick });
  await province.compiler.call('sticks.import', { paths: (await readdir(stick)).map((name) => join(stick, name)) });
  await province.compiler.exchange();
  await province.administrator.exchange();

  const page = await open(province.administrator, '/devices');
  await expect(page.getByRole('heading', { name: w('fork.title') })).toBeVisible();
  await expect(page.getByText(w('fork.open'), { exact: true })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const keep = page.getByRole('button', { name: w('fork.keepOf', { n: 1, label: 'Máy post' }), exact: true });
  await keep.click();
  const question = page.getByRole('dialog', { name: w('fork.keepAsk', { n: 1, label: 'Máy post' }) });
  await expect(question).toContainText(w('fork.keepText'));
  await page.keyboard.press('Escape');
  await expect(keep).toBeFocused();
  await keep.click();
  await question.getByRole('button', { name: w('fork.keep'), exact: true }).click();
  await expect(said(page, w('fork.settleDone'))).toBeVisible();
  await expect(page.getByText(w('fork.pending'), { exact: true })).toBeVisible();
  await expect(keep).toHaveCount(0);

  await exchange(page);
  await exchange(page);
  await goTo(page, '/devices');
  await expect(page.getByText(w('fork.settled'), { exact: true })).toBeVisible();
  await expect(page.getByText(w('fork.kept'), { exact: true })).toBeVisible();
});
