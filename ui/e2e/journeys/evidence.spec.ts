import { expect, goTo, muongLan, press, said, test, w, type Page } from '../fixtures';
import { photo, planted, type ChosenFile } from '../photos';
import { ask } from '../raw';

const choose = (page: Page, files: ChosenFile[], by: 'files' | 'camera' = 'files'): Promise<void> => page.locator(`input[data-evidence=${by}]`).setInputFiles(files);
/** A busy machine takes a while to make a large photo small. */
const adding = { timeout: 30_000 };

const dialog = (page: Page) => page.getByRole('dialog');
const section = (page: Page) => page.getByRole('region', { name: w('evidence.title') });
const addChosen = (page: Page, n: number): Promise<void> => dialog(page).getByRole('button', { name: w('evidence.addChosen', { n }) }).click();

test('a post adds photos as evidence: smaller, without what the camera noted, looked at, taken back', async ({ province, open }) => {
  const post = await province.post('post');
  const record = await post.register('Bữa sáng cho em');
  const page = await open(post, `/models/${record}`);
  await expect(section(page).getByText(w('evidence.none'))).toBeVisible();

  const files = [await photo(page, 'IMG_0001.JPG', 200), await photo(page, 'IMG_0002.JPG', 20)];
  expect(files[0]?.buffer.includes(planted)).toBe(true);
  const damaged = { name: 'hỏng.jpg', mimeType: 'image/jpeg', buffer: (files[0]?.buffer ?? Buffer.alloc(0)).subarray(0, 20_000) };
  await choose(page, [...files, damaged]);
  await expect(dialog(page).getByRole('listitem')).toHaveCount(3);
  await dialog(page).getByLabel(w('evidence.caption')).first().fill('Bữa sáng ở điểm trường (dữ liệu minh họa)');
  await addChosen(page, 3);
  // What could not be added stays, by its name, and stops no other.
  await expect(dialog(page).getByRole('alert')).toContainText('“hỏng.jpg” bị hỏng', adding);
  await expect(dialog(page).getByRole('listitem')).toHaveCount(1);
  await expect(said(page, w('evidence.placeRemoved'))).toBeVisible();
  await dialog(page).getByRole('button', { name: w('evidence.leaveOut', { name: 'hỏng.jpg' }) }).click();
  await expect(dialog(page)).toBeHidden();

  await expect(section(page).getByRole('listitem')).toHaveCount(2);
  const tile = section(page).getByRole('button', { name: w('evidence.open', { name: 'Bữa sáng ở điểm trường (dữ liệu minh họa)' }) });
  await expect(tile.locator('img')).toBeVisible();
  await expect(section(page).getByText(w('sync.groupLocal')).first()).toBeVisible();
  await tile.click();
  const large = dialog(page).getByRole('img', { name: 'Bữa sáng ở điểm trường (dữ liệu minh họa)' });
  await expect.poll(() => large.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1600);
  await dialog(page).getByRole('button', { name: w('common.close') }).click();

  const { rows } = await post.call('evidence.list', { record });
  expect(rows.map((row) => [row.name, row.width, row.height, row.place])).toEqual([
    ['IMG_0001.JPG', 1600, 1200, null],
    ['IMG_0002.JPG', 1600, 1200, null],
  ]);

  await section(page).getByRole('button', { name: w('evidence.open', { name: 'IMG_0002.JPG' }) }).click();
  await dialog(page).getByRole('button', { name: w('evidence.remove') }).click();
  await expect(dialog(page)).toContainText(w('evidence.removeAsk', { name: 'IMG_0002.JPG' }));
  await dialog(page).getByRole('button', { name: w('evidence.remove') }).click();
  await expect(said(page, w('evidence.removed', { name: 'IMG_0002.JPG' }))).toBeVisible();
  await expect(section(page).getByRole('listitem')).toHaveCount(1);

  // The place is kept only when a person says so.
  await choose(page, [await photo(page, 'IMG_0003.JPG', 120)]);
  await dialog(page).getByRole('checkbox').check();
  await addChosen(page, 1);
  await expect(said(page, w('evidence.placeKept', { n: 1 }))).toBeVisible(adding);
  const kept = (await post.call('evidence.list', { record })).rows.find((row) => row.name === 'IMG_0003.JPG');
  expect(kept?.place).toEqual({ latitude: 228_233_333, longitude: 1_049_833_333 });
});

test('bytes of evidence pass beside the calls, behind the same guard, and no browser keeps them', async ({ province, open }) => {
  const post = await province.post('post');
  const record = await post.register('Bữa sáng cho em');
  const page = await open(post, `/models/${record}`);
  await choose(page, [await photo(page, 'a.jpg', 200), { name: 'kế hoạch.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') }]);
  await expect(dialog(page).getByText(w('evidence.documentKept'))).toBeVisible();
  await addChosen(page, 2);
  await expect(section(page).getByRole('listitem')).toHaveCount(2, adding);
  await section(page).getByRole('button', { name: w('evidence.open', { name: 'kế hoạch.pdf' }) }).click();
  const saving = page.waitForEvent('download');
  await dialog(page).getByRole('button', { name: w('evidence.save') }).click();
  expect((await saving).suggestedFilename()).toBe('kế hoạch.pdf');

  const { rows } = await post.call('evidence.list', { record });
  const { origin } = new URL(post.address);
  const cookie = (await ask(post.address)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const of = (kind: string): string => `${origin}/api/media/${rows.find((row) => row.kind === kind)?.blob}`;
  const picture = await ask(of('photo'), { headers: { cookie } });
  expect(picture.status).toBe(200);
  expect(picture.headers).toMatchObject({ 'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  expect(picture.body).not.toContain(planted);
  const document = await ask(of('document'), { headers: { cookie } });
  expect(document.headers).toMatchObject({ 'content-type': 'application/pdf', 'content-disposition': 'attachment' });

  expect((await ask(of('photo'))).status, 'without the secret of this start').toBe(401);
  expect((await ask(of('photo'), { headers: { cookie, origin: 'https://evil.example' } })).status).toBe(403);
  for (const name of ['0'.repeat(64), 'x', '..%2f..%2fkey.json']) {
    const missing = await ask(`${origin}/api/media/${name}`, { headers: { cookie } });
    expect([missing.status, JSON.parse(missing.body).code], name).toEqual([404, 'no_media']);
  }
  const put = (headers: object, body: string) => ask(`${origin}/api/upload`, { method: 'POST', headers: { ...headers }, body });
  expect((await put({ cookie }, 'x')).status, 'no origin').toBe(403);
  expect((await put({ origin }, 'x')).status, 'no secret').toBe(401);
  const vast = await put({ cookie, origin }, 'x'.repeat(20 * 1024 * 1024 + 1));
  expect([vast.status, JSON.parse(vast.body).code]).toEqual([413, 'evidence_too_large']);
});

test('a member takes a photo in a visit with one thumb; the teammate learns of it by its name', async ({ province, open }) => {
  const post = await province.post('post');
  await post.register('Bữa sáng cho em');
  await post.exchange();
  await province.compiler.exchange();
  const { members } = await province.delegation();
  await members[0].exchange();
  const page = await open(members[0], '/visits', { viewport: { width: 360, height: 740 } });
  await press(page, w('visit.startAt', { unit: muongLan }));
  await page.getByRole('dialog').getByLabel(w('visit.day')).fill('11/5');
  await page.keyboard.press('Enter');
  await expect(page.getByText(w('visit.ready'))).toBeVisible();
  const visit = decodeURIComponent(new URL(page.url()).hash.split('/')[2] ?? '');

  const chooser = page.waitForEvent('filechooser');
  await press(page, w('evidence.takePhoto'));
  await (await chooser).setFiles([await photo(page, 'chup.jpg', 90, [900, 1200])]);
  await addChosen(page, 1);
  await expect(section(page).getByRole('listitem')).toHaveCount(1, adding);
  await members[0].exchange();
  await members[1].exchange();
  const mate = await open(members[1], `/visits/${visit}`);
  await expect(section(mate).getByRole('button', { name: w('evidence.open', { name: 'chup.jpg' }) })).toBeVisible();
  await goTo(mate, '/overview');
});
